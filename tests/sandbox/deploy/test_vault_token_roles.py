"""Token roles, on the real server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from workload_secrets.sandbox.deploy.outcome import HandlerError, Outcome
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider
from workload_secrets.sandbox.openbao import ADMIN

Make = Callable[..., Outcome]
ROLE = "vault:tokenauth/authBackendRole:AuthBackendRole"
INPUTS: dict[str, Any] = {
    "roleName": "edge",
    "allowedPolicies": ["dev-edge"],
    "orphan": True,
    "renewable": False,
    "tokenBoundCidrs": ["10.1.0.5", "10.2.0.0/16"],
    "tokenExplicitMaxTtl": 3600,
    "tokenNoDefaultPolicy": False,
    "tokenType": "service",
}
_MORE = 'path "auth/token/roles/*" { capabilities = ["create", "read", "update"] }\n'
pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module", autouse=True)
def rights(vault_provider: VaultProvider) -> None:
    """The administrator may make token roles, for these tests."""
    found = vault_provider.read(f"sys/policies/acl/{ADMIN}")
    assert found is not None
    vault_provider.send("PUT", f"sys/policies/acl/{ADMIN}", {"policy": found["policy"] + _MORE})


@pytest.mark.parametrize(
    "change",
    [
        {"tokenExplicitMaxTtl": 600},
        {"tokenBoundCidrs": None},
        {"allowedPolicies": ["dev-edge", "dev-other"]},
        {"allowedPolicies": None, "allowedPoliciesGlobs": ["dev-*"]},
        {"disallowedPoliciesGlobs": ["prod-*"], "disallowedPolicies": ["root-like"]},
        {"renewable": None, "orphan": None, "tokenType": None},
        {"tokenPeriod": 60, "tokenNumUses": 3, "pathSuffix": "edge", "tokenNoDefaultPolicy": True},
    ],
)
def test_a_role_is_made_once_changed_once_and_read_back(make: Make, change: dict[str, Any]) -> None:
    inputs = INPUTS | {"roleName": f"edge-{'-'.join(sorted(change)).lower()}"}
    made = [make(ROLE, values) for values in (inputs, inputs, inputs | change, inputs | change)]
    assert [one.state for one in made] == ["created", "same", "updated", "same"]
    assert made[0].outputs["id"] == f"auth/token/roles/{inputs['roleName']}"
    for name, value in (inputs | change).items():
        assert value is None or made[-1].outputs[name] == value


def test_a_network_that_the_server_would_write_otherwise_is_refused(make: Make) -> None:
    with pytest.raises(HandlerError, match=r"read back differs .* in token_bound_cidrs"):
        make(ROLE, INPUTS | {"roleName": "short", "tokenBoundCidrs": ["10.1.0.5/32"]})


@pytest.mark.parametrize("dropped", [{"tokenTtl": 60}, {"tokenMaxTtl": 60}, {"tokenPolicies": ["dev-other"]}])
def test_what_the_server_keeps_for_no_token_role_is_refused(make: Make, dropped: dict[str, Any]) -> None:
    with pytest.raises(HandlerError, match=f"a token role keeps no {next(iter(dropped))}"):
        make(ROLE, INPUTS | dropped)


def test_metadata_of_an_alias_is_not_dropped_in_silence(make: Make) -> None:
    with pytest.raises(HandlerError, match="no handler for input aliasMetadata"):
        make(ROLE, INPUTS | {"aliasMetadata": {"a": "b"}})
