"""The rights of who deploys a server: one namespace, named objects outside of it."""

from __future__ import annotations

import json
from typing import Any

from components.documents import deployer_server
from tests.stacks import server


def rules(kind: str, who: str = "deployer") -> list[dict[str, Any]]:
    made = getattr(deployer_server, who)(server.stack())["rbac"]
    return next(item["rules"] for item in made if item["kind"] == kind)


def test_outside_its_namespace_everything_but_create_is_named() -> None:
    """RBAC can't bound a create by name."""
    for rule in rules("ClusterRole"):
        if rule["verbs"] != ["create"]:
            assert rule["resourceNames"], rule


def test_it_gives_the_server_exactly_the_charts_roles() -> None:
    bound = [rule for rule in rules("ClusterRole") if "bind" in rule["verbs"]]
    assert sorted(name for rule in bound for name in rule["resourceNames"]) == [
        "openbao-agent-injector-clusterrole",
        "system:auth-delegator",
    ]


def test_its_role_stands_in_the_servers_namespace() -> None:
    made = deployer_server.deployer(server.stack())["rbac"]
    assert {item["metadata"].get("namespace") for item in made} == {None, "vault"}


def test_no_rule_has_a_wildcard() -> None:
    assert "*" not in json.dumps(deployer_server.deployer(server.stack())["rbac"])


def test_in_aws_it_has_the_one_role_and_key() -> None:
    text = deployer_server.deployer(server.stack())["iam"]
    assert "role/guide-openbao-unseal" in text
    assert "alias/guide-unseal" in text
    assert '"guide/guide/openbao"' in text
    assert "secretsmanager" not in text


def test_where_nothing_is_in_aws_it_has_nothing_there() -> None:
    shamir = server.stack({"vaultServer/seal": {"type": "shamir"}, "facts/aws": ...})
    assert deployer_server.deployer(shamir)["iam"] is None
    assert deployer_server.deployer(shamir)["vault"] is None


def test_a_production_deployer_deletes_no_key() -> None:
    assert "ScheduleKeyDeletion" not in deployer_server.deployer(server.stack())["iam"]
    assert "ScheduleKeyDeletion" in deployer_server.deployer(server.stack({"tier": "development"}))["iam"]


def test_the_prover_only_looks_at_the_namespace() -> None:
    (rule,) = rules("ClusterRole", "prover")
    assert (rule["resources"], rule["verbs"], rule["resourceNames"]) == (["namespaces"], ["get"], ["vault"])
