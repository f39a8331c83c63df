"""Objects of the External Secrets Operator."""

from __future__ import annotations

import base64

import pytest

from components.documents import external_secrets as eso
from components.documents.delivered import AwsRead, VaultClient, VaultRead

CLIENT = VaultClient(
    address="https://vault.example:8200",
    auth_mount="eks",
    role="billing",
    audience="vault",
    service_account="billing",
    namespace="team",
    ca_pem="-----BEGIN\n",
)
SYNCED = eso.Synced(namespace="shop", name="billing-api", source="store", refresh_seconds=900)


def test_a_store_logs_in_as_one_workload_with_one_audience():
    made = eso.vault_store("shop", "billing-vault", "vault-apps", CLIENT, "apps")
    assert (made.api_version, made.kind, made.namespace) == ("external-secrets.io/v1", "SecretStore", "shop")
    assert made.spec["provider"]["vault"] == {
        "server": "https://vault.example:8200",
        "path": "apps",
        "version": "v2",
        "namespace": "team",
        "caBundle": base64.b64encode(b"-----BEGIN\n").decode(),
        "auth": {
            "kubernetes": {
                "mountPath": "eks",
                "role": "billing",
                "serviceAccountRef": {"name": "billing", "audiences": ["vault"]},
            }
        },
    }


def test_without_a_ca_or_namespace_neither_key_is_there():
    client = VaultClient(
        address="https://v.example", auth_mount="eks", role="r", audience="a", service_account="s"
    )
    vault = eso.vault_store("shop", "x", "v", client, "apps").spec["provider"]["vault"]
    assert not {"caBundle", "namespace"} & set(vault)


def test_an_aws_store_takes_the_role_of_the_account_alone():
    made = eso.aws_store("shop", "billing-aws", "aws", region="eu-west-1", service_account="billing")
    assert made.spec["provider"] == {
        "aws": {
            "service": "SecretsManager",
            "region": "eu-west-1",
            "auth": {"jwt": {"serviceAccountRef": {"name": "billing"}}},
        }
    }


def test_a_key_of_vault_is_named_literally_below_its_mount():
    """The provider cuts the mount off where a path begins like it."""
    read = VaultRead(secret="api", kind="kv", mount="apps", path="apps/api", keys=("api_key", "Tls.pem"))
    made = eso.vault_external_secret(SYNCED, read)
    assert made.spec == {
        "refreshPolicy": "Periodic",
        "refreshInterval": "15m0s",
        "target": {"name": "billing-api", "creationPolicy": "Owner", "deletionPolicy": "Retain"},
        "secretStoreRef": {"kind": "SecretStore", "name": "store"},
        "data": [
            {"secretKey": "api_key", "remoteRef": {"key": "apps/apps/api", "property": "api_key"}},
            {"secretKey": "Tls.pem", "remoteRef": {"key": "apps/apps/api", "property": "Tls.pem"}},
        ],
    }


def test_a_key_of_aws_is_a_path_through_the_nested_json():
    read = AwsRead(secret="s", name="Shop-Prod", keys=("VCS.Pat", "plain", "A.b.c"))
    data = eso.aws_external_secret(SYNCED, read).spec["data"]
    assert [entry["secretKey"] for entry in data] == ["VCS.Pat", "plain", "A.b.c"]
    assert [entry["remoteRef"]["property"] for entry in data] == ["VCS.Pat", "plain", "A.b\\.c"]
    assert {entry["remoteRef"]["key"] for entry in data} == {"Shop-Prod"}


@pytest.mark.parametrize(("kind", "method"), [("database", "GET"), ("pki", "POST")])
def test_what_vault_makes_itself_comes_from_a_generator(kind: str, method: str):
    read = VaultRead(
        secret="made",
        kind=kind,  # pyright: ignore[reportArgumentType]
        mount="m",
        path="r",
        keys=("k",),
        common_name="a.example",
        ttl_seconds=60,
    )
    generator = eso.vault_generator("shop", "made", CLIENT, read)
    assert generator.api_version == "generators.external-secrets.io/v1alpha1"
    assert generator.spec["path"] == ("m/creds/r" if kind == "database" else "m/issue/r")
    assert generator.spec["method"] == method
    assert ("parameters" in generator.spec) == (kind == "pki")
    assert generator.spec["provider"]["auth"]["kubernetes"]["role"] == "billing"
    made = eso.generated_external_secret(SYNCED, read)
    assert made.spec["dataFrom"][0]["sourceRef"]["generatorRef"]["name"] == "store"
    assert "secretStoreRef" not in made.spec
