"""Objects of the Vault Secrets Operator."""

from __future__ import annotations

import re
from typing import Any

import pytest

from components.documents import vault_secrets_operator as vso
from components.documents.delivered import VaultClient, VaultRead

CLIENT = VaultClient(
    address="https://vault.example:8200",
    auth_mount="eks",
    role="billing",
    audience="vault",
    service_account="storefront",
    namespace="team",
    ca_pem="never here",
)
SYNCED = vso.Synced(
    namespace="shop",
    name="billing-api",
    auth="billing",
    refresh_seconds=60,
    restart=(vso.Restart(kind="Deployment", name="billing"),),
    vault_namespace="team",
)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"ca_path": "/ca.crt", "ca_secret": None}, {"caCertPath": "/ca.crt"}),
        ({"ca_path": None, "ca_secret": "vault-ca"}, {"caCertSecretRef": "vault-ca"}),
        ({"ca_path": None, "ca_secret": None}, {}),
    ],
)
def test_a_connection_always_verifies_tls(given: dict[str, Any], found: dict[str, str]):
    made = vso.connection("shop", "billing", CLIENT, **given)
    assert made.spec == {"address": "https://vault.example:8200", "skipTLSVerify": False, **found}


def test_a_login_is_one_account_one_audience_and_ten_minutes():
    made = vso.auth("shop", "billing", CLIENT)
    assert made.spec == {
        "vaultConnectionRef": "billing",
        "method": "kubernetes",
        "mount": "eks",
        "namespace": "team",
        "kubernetes": {
            "role": "billing",
            "serviceAccount": "storefront",
            "audiences": ["vault"],
            "tokenExpirationSeconds": 600,
        },
    }
    assert "allowedNamespaces" not in made.spec


def test_a_static_secret_has_only_its_keys_and_no_raw_copy():
    read = VaultRead(secret="api", kind="kv", mount="apps", path="billing/api", keys=("a_b", "Tls.pem"))
    spec = vso.static_secret(SYNCED, read).spec
    assert (spec["mount"], spec["path"], spec["type"]) == ("apps", "billing/api", "kv-v2")
    assert spec["refreshAfter"] == "60s"
    assert spec["namespace"] == "team"
    assert spec["rolloutRestartTargets"] == [{"kind": "Deployment", "name": "billing"}]
    assert spec["hmacSecretData"] is True, "without it nothing is restarted"
    destination = spec["destination"]
    assert (destination["name"], destination["create"], destination["overwrite"]) == (
        "billing-api",
        True,
        False,
    )
    transformation = destination["transformation"]
    assert transformation["excludeRaw"] is True
    kept = [
        name
        for name in ("a_b", "Tls.pem", "TlsXpem", "a_b2", "other")
        if any(re.search(pattern, name) for pattern in transformation["includes"])
    ]
    assert kept == ["a_b", "Tls.pem"]


def test_a_lease_is_renewed_and_nothing_needs_the_right_to_revoke():
    read = VaultRead(secret="db", kind="database", mount="db", path="app", keys=("username", "password"))
    spec = vso.dynamic_secret(SYNCED, read).spec
    assert spec["path"] == "creds/app"
    assert (spec["renewalPercent"], spec["revoke"]) == (67, False)
    assert "allowStaticCreds" not in spec


def test_a_static_credential_has_no_lease_and_is_read_anew():
    read = VaultRead(
        secret="db", kind="database", mount="db", path="app", keys=("username", "password"), static=True
    )
    spec = vso.dynamic_secret(SYNCED, read).spec
    assert spec["path"] == "static-creds/app"
    assert (spec["allowStaticCreds"], spec["refreshAfter"]) == (True, "60s")
    assert not {"revoke", "renewalPercent"} & set(spec)


def test_a_certificate_is_renewed_when_a_third_of_its_life_is_left():
    read = VaultRead(
        secret="web",
        kind="pki",
        mount="pki",
        path="web",
        keys=("certificate",),
        common_name="a.example",
        alt_names=("b.example",),
        ttl_seconds=3600,
    )
    spec = vso.pki_secret(SYNCED, read).spec
    assert (spec["role"], spec["commonName"], spec["altNames"]) == ("web", "a.example", ["b.example"])
    assert (spec["ttl"], spec["expiryOffset"]) == ("3600s", "1200s")
    assert spec["destination"]["type"] == "kubernetes.io/tls"
    assert "includes" not in spec["destination"]["transformation"]
    assert spec["revoke"] is False, "pods still use the old one when it is renewed"


def test_without_the_operators_own_request_a_certificate_is_plain_keys():
    read = VaultRead(
        secret="web",
        kind="pki",
        mount="pki",
        path="web",
        keys=("certificate", "private_key"),
        common_name="a.example",
        ttl_seconds=3600,
    )
    made = vso.certificate(SYNCED, read)
    assert (made.kind, made.spec["path"]) == ("VaultDynamicSecret", "issue/web")
    assert made.spec["params"] == {"common_name": "a.example", "ttl": "3600s"}
    assert made.spec["refreshAfter"] == "2400s", "there is no lease to go by"
    assert made.spec["destination"]["type"] == "Opaque"
    assert made.spec["destination"]["transformation"]["includes"] == ["^certificate$", "^private_key$"]


def test_no_object_carries_the_ca_or_a_value():
    read = VaultRead(secret="api", kind="kv", mount="apps", path="api", keys=("k",))
    made = (vso.connection("n", "x", CLIENT, ca_path=None, ca_secret=None), vso.static_secret(SYNCED, read))
    assert "never here" not in str(made)
