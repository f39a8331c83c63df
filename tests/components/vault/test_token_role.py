"""The role of tokens that are handed over."""

from __future__ import annotations

from typing import Any

import pytest

from components.documents.vault_policy import VaultGrant
from components.vault import token_role
from components.vault.token_role import TokenRole, TokenRoleArgs
from tests.engine import declare, inside
from workload_secrets.graph.model import Graph, Mode

ROLE = "vault:tokenauth/authBackendRole:AuthBackendRole"
POLICY = "vault:index/policy:Policy"
MODES: tuple[Mode, ...] = ("preview", "update")


def role(mode: Mode = "update", **changes: Any) -> Graph:
    given: dict[str, Any] = {
        "role_name": "edge",
        "policy_name": "dev-edge",
        "grants": (VaultGrant(mount="apps-dev", path="edge/redis"),),
        "life_seconds": 3600,
    }
    return declare(lambda opts: TokenRole("edge", TokenRoleArgs(**(given | changes)), opts), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_token_has_one_policy_and_ends_by_itself(mode: Mode) -> None:
    assert role(mode).only(ROLE).inputs == {
        "roleName": "edge",
        "allowedPolicies": ["dev-edge"],
        "orphan": True,
        "renewable": False,
        "tokenExplicitMaxTtl": 3600,
        "tokenNoDefaultPolicy": False,
        "tokenType": "service",
    }


def test_networks_are_written_as_the_server_gives_them_back() -> None:
    bound = role(bound_cidrs=("10.1.0.5/32", "10.2.0.0/24")).only(ROLE).inputs["tokenBoundCidrs"]
    assert bound == ["10.1.0.5", "10.2.0.0/24"]


@pytest.mark.parametrize("mode", MODES)
def test_the_policy_reads_exactly_the_grants(mode: Mode) -> None:
    policy = role(mode).only(POLICY).inputs
    assert policy["name"] == "dev-edge"
    assert 'path "apps-dev/data/edge/redis"' in policy["policy"]
    assert policy["policy"].count("path ") == 1


def test_no_token_is_registered_and_none_is_an_output() -> None:
    graph = role()
    assert {r.type for r in inside(graph, token_role.TOKEN)} == {ROLE, POLICY}
    outputs = [key for r in graph.resources for key in r.outputs]
    assert not [key for key in outputs if key.lower() in ("token", "clienttoken", "wrappingtoken")]
