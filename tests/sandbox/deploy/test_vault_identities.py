"""Roles of machines and certificates, and mounts for jobs, on the real server."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.stacks.read import ROOT
from workload_secrets.decide.cert import fingerprint
from workload_secrets.sandbox.deploy.call import Site
from workload_secrets.sandbox.deploy.notes import Notes
from workload_secrets.sandbox.deploy.outcome import HandlerError, Outcome
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider
from workload_secrets.sandbox.handle import Sandbox
from workload_secrets.sandbox.identities import Identities
from workload_secrets.sandbox.openbao import ADMIN

Make = Callable[..., Outcome]
AUTH, JWT = "vault:index/authBackend:AuthBackend", "vault:jwt/authBackend:AuthBackend"
APPROLE = "vault:appRole/authBackendRole:AuthBackendRole"
MOUNT = "vault:index/mount:Mount"
CERT = "vault:index/certAuthBackendRole:CertAuthBackendRole"
CA = (ROOT / "certs" / "dev-vault.pem").read_text("ascii")
ISSUER = "https://token.actions.githubusercontent.com"
_MORE = (
    'path "auth/+/certs/*" { capabilities = ["create", "read", "update"] }\n'
    'path "auth/+/role/+/role-id" { capabilities = ["read"] }\n'
)
pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module", autouse=True)
def rights(vault_provider: VaultProvider) -> None:
    """The administrator may make certificate roles and read role ids, for these tests."""
    found = vault_provider.read(f"sys/policies/acl/{ADMIN}")
    assert found is not None
    vault_provider.send("PUT", f"sys/policies/acl/{ADMIN}", {"policy": found["policy"] + _MORE})


@pytest.fixture
def outside(site: Site, sandbox: Sandbox, tmp_path: Path) -> Site:
    """A site with a stand-in for one issuer and for one authority."""
    made = Identities(tmp_path)
    return dataclasses.replace(
        site,
        issuer_keys={ISSUER: made.issuer(ISSUER).public_key_file.read_text()},
        authorities={fingerprint(CA) or "": made.authority("x").file.read_text()},
    )


def approle(backend: str) -> dict[str, Any]:
    return {
        "backend": backend,
        "roleName": "backup",
        "bindSecretId": True,
        "secretIdBoundCidrs": ["10.1.0.5/32", "10.2.0.0/16"],
        "secretIdNumUses": 1,
        "secretIdTtl": 600,
        "tokenBoundCidrs": ["10.1.0.5", "10.2.0.0/16"],
        "tokenPolicies": ["p"],
        "tokenTtl": 600,
        "tokenMaxTtl": 1200,
        "tokenNoDefaultPolicy": False,
    }


def test_a_machines_role_is_made_once_and_keeps_its_role_id(make: Make) -> None:
    make(AUTH, {"type": "approle", "path": "machines-a"})
    inputs = approle("machines-a")
    changed = inputs | {"secretIdNumUses": 3}
    made = [make(APPROLE, values) for values in (inputs, inputs, changed, changed)]
    assert [one.state for one in made] == ["created", "same", "updated", "same"]
    (role_id,) = {one.outputs["roleId"] for one in made}
    assert role_id
    assert made[0].outputs["id"] == "auth/machines-a/role/backup"


def test_a_network_that_the_server_would_write_otherwise_is_refused(make: Make) -> None:
    make(AUTH, {"type": "approle", "path": "machines-b"})
    with pytest.raises(HandlerError, match=r"read back differs .* in token_bound_cidrs"):
        make(APPROLE, approle("machines-b") | {"tokenBoundCidrs": ["10.1.0.5/32"]})


def test_a_chosen_role_id_is_not_dropped_in_silence(make: Make) -> None:
    with pytest.raises(HandlerError, match="no handler for input roleId"):
        make(APPROLE, approle("machines-c") | {"roleId": "guessable"})


def cert(backend: str) -> dict[str, Any]:
    return {
        "backend": backend,
        "name": "edge",
        "displayName": "edge",
        "certificate": CA,
        "allowedCommonNames": ["edge"],
        "allowedDnsSans": ["edge.example"],
        "tokenPolicies": ["p"],
        "tokenTtl": 600,
        "tokenMaxTtl": 1200,
        "tokenNoDefaultPolicy": False,
    }


def test_a_certificates_role_trusts_the_sandboxs_authority_and_says_so(
    make: Make, outside: Site, vault_provider: VaultProvider, notes: Notes
) -> None:
    make(AUTH, {"type": "cert", "path": "cert-a"})
    inputs = cert("cert-a")
    made = [make(CERT, values, site=outside) for values in (inputs, inputs, inputs | {"tokenTtl": 300})]
    assert [one.state for one in made] == ["created", "same", "updated"]
    assert made[0].outputs["certificate"] == CA
    found = vault_provider.read("auth/cert-a/certs/edge")
    assert found is not None
    assert found["certificate"].strip() == outside.authorities[fingerprint(CA) or ""].strip()
    assert found["allowed_dns_sans"] == ["edge.example"]
    assert notes.lists()["substitutions"] == [
        "certificate authority of role edge → an authority of the sandbox"
    ]


def test_a_ca_of_this_vault_vouches_for_itself(
    make: Make, outside: Site, vault_provider: VaultProvider, notes: Notes
) -> None:
    make(AUTH, {"type": "cert", "path": "cert-p"})
    make(MOUNT, {"type": "pki", "path": "pki/vouch", "maxLeaseTtlSeconds": 86_400})
    asked = {"common_name": "Edge", "key_type": "ec", "key_bits": 256}
    ca = vault_provider.send("POST", "pki/vouch/root/generate/internal", asked).body["data"]["certificate"]
    own = dataclasses.replace(outside, pki_mounts=("pki/none", "pki/vouch"))
    made = make(CERT, cert("cert-p") | {"certificate": ca}, site=own)
    assert made.state == "created"
    found = vault_provider.read("auth/cert-p/certs/edge")
    assert found is not None
    assert found["certificate"].strip() == ca.strip()
    assert not any("authority" in line for line in notes.lists()["substitutions"])


def test_an_authority_that_nothing_stands_in_for_is_an_error(make: Make) -> None:
    with pytest.raises(HandlerError, match="no authority that stands in for the one of role edge"):
        make(CERT, cert("cert-b"))


@pytest.mark.parametrize("key", ["oidcDiscoveryUrl", "jwtValidationPubkeys"])
def test_a_mount_for_jobs_trusts_the_key_of_its_issuer_not_the_clusters(
    make: Make, outside: Site, vault_provider: VaultProvider, notes: Notes, key: str
) -> None:
    way = {key: ISSUER if key == "oidcDiscoveryUrl" else ["PEM"]}
    path = f"ci-{key[:4]}"
    make(JWT, {"type": "jwt", "path": path, "boundIssuer": ISSUER, **way}, site=outside)
    found = vault_provider.read(f"auth/{path}/config")
    assert found is not None
    assert [pem.strip() for pem in found["jwt_validation_pubkeys"]] == [outside.issuer_keys[ISSUER].strip()]
    assert "a key that the sandbox signs with as this issuer" in notes.lists()["substitutions"][0]
