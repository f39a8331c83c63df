"""A reviewer is lent to a real provider's login, and taken back without a trace."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import AUDIENCE, ISSUER
from workload_secrets.declaration import Declaration
from workload_secrets.sandbox.handle import Sandbox
from workload_secrets.sandbox.lent_reviewer import lend
from workload_secrets.sandbox.rest import Rest

CONFIG = {"kubernetes_host": "https://kubernetes.default.svc", "disable_iss_validation": True}


def declaration(reviewer: str) -> Declaration:
    vault = {"product": "openbao", "version": "2.7", "authMount": "lent", "reviewer": reviewer}
    cluster = {"name": "dev", "flavour": "eks", "oidcIssuer": ISSUER, "apiAudience": AUDIENCE}
    return Declaration.read(
        {
            "environment": "dev",
            "tier": "development",
            "facts": {"vault": vault, "cluster": cluster},
            "endpoints": {"cluster": {"apiServer": "https://dev.example", "caFile": "ca.pem"}},
            "secrets": {},
            "principals": {},
        }
    )


@pytest.fixture(scope="module")
def vault(sandbox: Sandbox) -> Rest:
    """The stack's Vault with a login that was made as declared."""
    access = sandbox.stacks["dev"]
    assert access.vault_address is not None
    assert access.vault_admin_token_file is not None
    token = access.vault_admin_token_file.read_text().strip()
    rest = Rest(access.vault_address, sandbox.ca_file, {"X-Vault-Token": token})
    rest.call("POST", "/v1/sys/auth/lent", {"type": "kubernetes"})
    rest.call("POST", "/v1/auth/lent/config", {**CONFIG, "kubernetes_ca_cert": sandbox.ca_file.read_text()})
    return rest


@pytest.mark.sandbox
@pytest.mark.parametrize("reviewer", ["in-cluster", "dedicated"])
def test_a_lent_reviewer_is_taken_back_without_a_trace(sandbox: Sandbox, vault: Rest, reviewer: str) -> None:
    before = vault.call("GET", "/v1/auth/lent/config")["data"]
    take_back, lines = lend(sandbox, "dev", declaration(reviewer))
    lent = vault.call("GET", "/v1/auth/lent/config")["data"]
    assert lent["kubernetes_host"] == sandbox.clusters["dev"].api_server
    assert lent["token_reviewer_jwt_set"] is True
    assert lines == (f"reviewer {reviewer} → the sandbox's own reviewer, while logins are tried",)
    take_back()
    assert vault.call("GET", "/v1/auth/lent/config")["data"] == before


@pytest.mark.sandbox
@pytest.mark.parametrize("reviewer", ["jwt", "client"])
def test_nothing_is_lent_where_the_declared_way_works_here(
    sandbox: Sandbox, vault: Rest, reviewer: str
) -> None:
    before = vault.call("GET", "/v1/auth/lent/config")["data"]
    assert lend(sandbox, "dev", declaration(reviewer))[1] == ()
    assert vault.call("GET", "/v1/auth/lent/config")["data"] == before
