from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from workload_secrets.access.compare import compare
from workload_secrets.access.declared import declared
from workload_secrets.access.derived import declaration_of, derived
from workload_secrets.access.matrix import Cell
from workload_secrets.decide.answer import Answer
from workload_secrets.graph.model import Graph

ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/rolePolicy:RolePolicy"
JWT_ROLE = "vault:jwt/authBackendRole:AuthBackendRole"
VAULT_POLICY = "vault:index/policy:Policy"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"
Edit = Callable[[Graph, str, str, Callable[[dict[str, Any]], None]], Graph]


def differences(graph: Graph) -> set[tuple[str, str, str, Answer]]:
    found = compare(declared(declaration_of(graph)), derived(graph), "derived")
    return {(d.principal, d.secret, d.verb, d.found) for d in found}


def can(graph: Graph, principal: str, secret: str) -> Cell:
    return derived(graph).get(principal, secret, "read")


def test_the_dev_stack_grants_exactly_what_it_declares(dev_graph: Graph) -> None:
    assert differences(dev_graph) == set()
    assert derived(dev_graph).unknown() == ()


def test_a_trust_without_subject_lets_every_account_of_the_cluster_in(dev_graph: Graph, edit: Edit) -> None:
    def forget(inputs: dict[str, Any]) -> None:
        equals = inputs["assumeRolePolicy"]["Statement"][0]["Condition"]["StringEquals"]
        for key in [key for key in equals if key.endswith(":sub")]:
            del equals[key]

    found = differences(edit(dev_graph, ROLE, "pmp-role", forget))
    assert ("billing", "pmp-credentials", "read", Answer.YES) in found
    assert ("pmp!default", "pmp-credentials", "read", Answer.YES) in found
    assert ("billing!namespace", "pmp-credentials", "read", Answer.YES) in found
    assert not any(name.endswith(("!issuer", "!expired")) for name, *_ in found)


def test_a_trust_without_audience_takes_tokens_meant_for_others(dev_graph: Graph, edit: Edit) -> None:
    def forget(inputs: dict[str, Any]) -> None:
        equals = inputs["assumeRolePolicy"]["Statement"][0]["Condition"]["StringEquals"]
        for key in [key for key in equals if key.endswith(":aud")]:
            del equals[key]

    # The OIDC provider lists one audience, so STS itself still refuses the others.
    assert differences(edit(dev_graph, ROLE, "pmp-role", forget)) == set()


def test_a_wildcard_secret_reads_every_secret_under_its_key(dev_graph: Graph, edit: Edit) -> None:
    def widen_secrets(inputs: dict[str, Any]) -> None:
        inputs["policy"]["Statement"][0]["Resource"] = "arn:aws:secretsmanager:*:*:secret:*"

    def widen_key(inputs: dict[str, Any]) -> None:
        conditions = inputs["policy"]["Statement"][0]["Condition"]
        conditions["StringLike"] = {"kms:EncryptionContext:SecretARN": "*"}

    graph = edit(dev_graph, POLICY, "pmp-secrets", widen_secrets)
    assert differences(graph) == set(), "the key's grant still names one secret"
    graph = edit(graph, POLICY, "pmp-kms", widen_key)
    assert ("pmp", "billing-payments", "read", Answer.YES) in differences(graph)


def test_without_the_grant_on_the_key_the_owner_is_refused(dev_graph: Graph, edit: Edit) -> None:
    def other_key(inputs: dict[str, Any]) -> None:
        inputs["policy"]["Statement"][0]["Resource"] = "arn:aws:kms:eu-central-1:111122223333:key/other"

    assert ("pmp", "pmp-credentials", "read", Answer.NO) in differences(
        edit(dev_graph, POLICY, "pmp-kms", other_key)
    )


def test_a_role_not_named_by_the_service_account_is_no_natural_route(dev_graph: Graph, edit: Edit) -> None:
    def forget(inputs: dict[str, Any]) -> None:
        del inputs["metadata"]["annotations"]["eks.amazonaws.com/role-arn"]

    graph = edit(dev_graph, ACCOUNT, "pmp-account", forget)
    assert differences(graph) == {("pmp", "pmp-credentials", "read", Answer.NO)}
    assert "no role-arn annotation" in can(graph, "pmp", "pmp-credentials").reasons[0]


def test_a_vault_role_bound_to_everyone_lets_intruders_read(dev_graph: Graph, edit: Edit) -> None:
    def open_up(inputs: dict[str, Any]) -> None:
        del inputs["boundSubject"]

    found = differences(edit(dev_graph, JWT_ROLE, "pmp-role", open_up))
    assert ("billing", "pmp-vault", "read", Answer.YES) in found
    assert ("pmp!namespace", "pmp-vault", "read", Answer.YES) in found


def test_a_vault_role_with_the_audience_of_sts_takes_its_tokens(dev_graph: Graph, edit: Edit) -> None:
    def widen(inputs: dict[str, Any]) -> None:
        inputs["boundAudiences"] = [*inputs["boundAudiences"], "sts.amazonaws.com"]

    assert differences(edit(dev_graph, JWT_ROLE, "pmp-role", widen)) == {
        ("pmp!audience", "pmp-vault", "read", Answer.YES)
    }


@pytest.mark.parametrize("path", ["pmp-dev/admin", "pmp-dev/data/data/admin"])
def test_a_policy_on_the_wrong_path_refuses_the_owner(dev_graph: Graph, edit: Edit, path: str) -> None:
    def move(inputs: dict[str, Any]) -> None:
        inputs["policy"] = f'path "{path}" {{ capabilities = ["read"] }}'

    assert differences(edit(dev_graph, VAULT_POLICY, "pmp-policy", move)) == {
        ("pmp", "pmp-vault", "read", Answer.NO)
    }


def test_a_wildcard_policy_reads_and_lists_what_nobody_declared(dev_graph: Graph, edit: Edit) -> None:
    def widen(inputs: dict[str, Any]) -> None:
        inputs["policy"] = 'path "*" { capabilities = ["read", "list"] }'

    found = differences(edit(dev_graph, VAULT_POLICY, "pmp-policy", widen))
    assert ("pmp", "billing-api", "read", Answer.YES) in found
    assert ("pmp", "pmp-vault", "list", Answer.YES) in found


def test_a_policy_that_the_stack_does_not_hold_is_unknown_never_no(dev_graph: Graph, edit: Edit) -> None:
    def foreign(inputs: dict[str, Any]) -> None:
        inputs["tokenPolicies"] = [*inputs["tokenPolicies"], "somebody-elses"]

    found = differences(edit(dev_graph, JWT_ROLE, "pmp-role", foreign))
    assert ("pmp", "billing-api", "read", Answer.UNKNOWN) in found


def test_a_templated_policy_is_decided_for_each_login(dev_graph: Graph, edit: Edit) -> None:
    mount = dev_graph.only("vault:jwt/authBackend:AuthBackend")
    accessor = mount.outputs["accessor"]

    def by_name(inputs: dict[str, Any]) -> None:
        template = f"{{{{identity.entity.aliases.{accessor}.name}}}}"
        inputs["policy"] = f'path "apps-dev/data/{template}" {{ capabilities = ["read"] }}'

    graph = edit(dev_graph, VAULT_POLICY, "billing-policy", by_name)
    assert differences(graph) == {("billing", "billing-api", "read", Answer.NO)}


def test_a_stack_without_vault_or_aws_is_decided_too(dev_graph: Graph) -> None:
    declaration = deepcopy(dict(dev_graph.platform_output("declaration")))
    declaration["facts"] = {k: v for k, v in declaration["facts"].items() if k != "vault"}
    declaration["secrets"] = {k: v for k, v in declaration["secrets"].items() if v["backend"] == "aws"}
    for principal in declaration["principals"].values():
        principal["grants"] = [g for g in principal["grants"] if g["secret"] in declaration["secrets"]]
    resources = tuple(
        replace(r, outputs={**r.outputs, "declaration": declaration}) if "declaration" in r.outputs else r
        for r in dev_graph.resources
    )
    assert differences(replace(dev_graph, resources=resources)) == set()
