"""The rights for a change: deploying it deletes the old and makes the new."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from tests.stacks.read import ROOT, changed
from workload_secrets.access.change_rights import rights
from workload_secrets.decide import evaluate, vault_acl
from workload_secrets.decide.answer import Answer
from workload_secrets.decide.request import Request
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph

FEWER = {
    "workloads/billing": ...,
    "writers/billing-admin": ...,
    "secrets/billing-api": ...,
    "secrets/billing-payments": ...,
}
SECRET = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:dev/billing/payments-AbCdEf"


@pytest.fixture(scope="module")
def fewer(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """Stack dev without billing's secrets and workloads."""
    file = tmp_path_factory.mktemp("stacks") / "Pulumi.dev.yaml"
    config = {f"workload-secrets:{key}": value for key, value in changed("dev", FEWER).items()}
    file.write_text(yaml.safe_dump({"config": config}))
    return capture(ROOT, str(file))


@pytest.mark.parametrize("removal", [True, False], ids=["removal", "addition"])
def test_the_rights_cover_what_goes_and_what_comes(dev_graph: Graph, fewer: Graph, removal: bool) -> None:
    old, new = (dev_graph, fewer) if removal else (fewer, dev_graph)
    alone, both = new.platform_output("deployer"), rights(old, new)["deployer"]
    for path in ("auth/kubernetes/role/billing", "sys/mounts/apps-dev", "sys/policies/acl/dev-billing"):
        assert vault(both["vault"], path, "delete")
        assert vault(alone["vault"], path, "delete") is not removal
    assert iam(both["iam"], "secretsmanager:DeleteSecret")
    assert iam(alone["iam"], "secretsmanager:DeleteSecret") is not removal
    assert ("serviceaccounts", "delete", "billing-admin") in rbac(both["rbac"])
    assert (("serviceaccounts", "delete", "billing-admin") in rbac(alone["rbac"])) is not removal


def test_nothing_is_added_to_what_the_two_have(dev_graph: Graph, fewer: Graph) -> None:
    before, after = dev_graph.platform_output("deployer"), fewer.platform_output("deployer")
    both = rights(dev_graph, fewer)["deployer"]
    assert rbac(both["rbac"]) == rbac(before["rbac"]) | rbac(after["rbac"])
    assert grants(both["iam"]) == grants(before["iam"]) | grants(after["iam"])
    assert paths(both["vault"]) == paths(before["vault"]) | paths(after["vault"])
    sids = [statement["Sid"] for statement in json.loads(both["iam"])["Statement"]]
    assert len(sids) == len(set(sids))
    assert all(sid.isalnum() for sid in sids), "IAM takes no other"


def test_rights_that_stay_are_not_shown(dev_graph: Graph) -> None:
    assert rights(dev_graph, dev_graph) == {}


def vault(text: str, path: str, capability: str) -> bool:
    policy = vault_acl.Policy.parse(text, "deployer")
    return vault_acl.allows([policy], path, capability).answer is Answer.YES


def iam(text: str, action: str) -> bool:
    request = Request(action=action, resource=SECRET)
    return evaluate.identity([json.loads(text)], request).answer is Answer.YES


def grants(text: str) -> set[tuple[str, str, str]]:
    """Action, resource and condition, one by one."""
    return {
        (action, resource, json.dumps(statement.get("Condition"), sort_keys=True))
        for statement in json.loads(text)["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    }


def paths(text: str) -> set[tuple[str, str]]:
    rules = vault_acl.Policy.parse(text, "deployer").rules
    return {(rule.path, capability) for rule in rules for capability in rule.capabilities}


def rbac(objects: list[dict[str, Any]]) -> set[tuple[str, str, str | None]]:
    """Resource, verb and name, one by one."""
    return {
        (resource, verb, name)
        for found in objects
        for rule in found.get("rules", ())
        for resource in rule["resources"]
        for verb in rule["verbs"]
        for name in rule.get("resourceNames", (None,))
    }
