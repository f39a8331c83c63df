"""What the platform declares for gateways that are handed a token."""

from __future__ import annotations

import pytest

from tests.stacks.read import ROOT, path
from workload_secrets.decide.vault_acl import Policy
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph, Mode

ROLE = "vault:tokenauth/authBackendRole:AuthBackendRole"


@pytest.fixture(scope="module", params=["preview", "update"])
def graph(request: pytest.FixtureRequest) -> Graph:
    mode: Mode = request.param
    return capture(ROOT, str(path("kong-token")), mode=mode)


def test_each_such_vault_has_a_role_of_its_own_policy_and_no_mount_is_made(graph: Graph) -> None:
    roles = {r.inputs["roleName"]: r.inputs for r in graph.of(ROLE)}
    assert {name: made["allowedPolicies"] for name, made in roles.items()} == {
        "local-hand": ["kong-token-local-hand"],
        "gateway-near": ["kong-token-local-near"],
    }
    assert roles["gateway-near"]["tokenBoundCidrs"] == ["10.31.0.0/16", "10.32.0.5"]
    assert "tokenBoundCidrs" not in roles["local-hand"]
    assert graph.of("workload-secrets:vault:IdentityMount") == ()
    assert not [p for p in graph.platform_output("declaration")["prerequisites"] if p["kind"] == "authMount"]


def test_the_deployer_writes_the_roles_and_makes_no_token(graph: Graph) -> None:
    paths = {rule.path for rule in Policy.parse(graph.platform_output("deployer")["vault"], "d").rules}
    assert {path for path in paths if path.startswith("auth/token")} == {
        "auth/token/roles/local-hand",
        "auth/token/roles/gateway-near",
    }


def test_the_courier_has_tokens_made_of_these_roles_alone(graph: Graph) -> None:
    text = graph.platform_output("courier")["vault"]
    assert text.count("path ") == 2
    for role in ("gateway-near", "local-hand"):
        assert f'path "auth/token/create/{role}"' in text


def test_no_token_is_registered_and_none_is_an_output(graph: Graph) -> None:
    outputs = [key for r in graph.resources for key in r.outputs]
    assert not [key for key in outputs if key.lower() in ("token", "clienttoken", "wrappingtoken")]
