"""What Mendix's page on Vault shows is refused in a stack file, with what to write instead.

The page: https://docs.mendix.com/private-mendix-platform/configure-hashicorp-vault/
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.examples.refusing import refused
from tests.stacks.read import ROOT

EXAMPLE = ROOT / "examples" / "pmp-vault.yaml"
WORKLOAD = "workloads.pmp"
IN_CLUSTER = "http://vault.hashicorptest.svc.cluster.local"
UNKNOWN = "got a key that is not known"


@pytest.mark.parametrize(
    ("form", "key", "value", "says"),
    [
        (
            "kv put pmp-dev/data/admin",
            "secrets.pmp.path",
            "data/admin",
            "remedy: write admin: data/ is added",
        ),
        (
            "ttl=24h without a maximum",
            f"{WORKLOAD}.tokenTtlSeconds",
            86400,
            "allowed: at most tokenMaxTtlSec",
        ),
        ("ttl=24h", f"{WORKLOAD}.ttl", "24h", UNKNOWN),
        ("a role without audience", f"{WORKLOAD}.vaultAudience", "", "remedy: name one audience exactly"),
        ("an address by http", "endpoints.vault.address", f"{IN_CLUSTER}:8200", "remedy: use TLS"),
        ("an address without port", "endpoints.vault.address", IN_CLUSTER, "remedy: use TLS"),
        ("issuer=$K8S_ISSUER", "facts.vault.issuer", "https://oidc.example", UNKNOWN),
        ("the issuer as a reviewer", "facts.vault.reviewer", "issuer", "'jwt', 'client' or 'dedicated'"),
        ("kubectl create token for 8760h", "facts.vault.tokenReviewerJwt", "hunter2", UNKNOWN),
        ("a Vault before 1.9", "facts.vault.version", "1.8", "allowed: vault 1.9 or newer"),
        ("KV version 1", "shared.kvMounts.pmp.version", 1, UNKNOWN),
        ("both accounts", f"{WORKLOAD}.serviceAccount", ["pmp-secret-accessor", "default"], "got a list"),
        (
            "default, created",
            f"{WORKLOAD}.serviceAccount",
            {"name": "default", "manage": "create"},
            "default",
        ),
    ],
)
def test_a_form_of_the_page_is_refused_by_its_key(form: str, key: str, value: Any, says: str) -> None:
    found = refused(EXAMPLE, {key: value})
    ((named, text),) = found.items()
    assert named.startswith(key), form
    assert says in text, form
    assert "hunter2" not in text
