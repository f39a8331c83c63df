"""Classes of the Secrets Store CSI driver."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from components.documents.delivered import AwsRead, VaultClient, VaultRead, duration, nested_parts
from components.documents.secret_provider_class import (
    ClassPlace,
    MountedAws,
    MountedKey,
    MountedVault,
    aws_class,
    jmes_path,
    vault_class,
)

CLIENT = VaultClient(
    address="https://vault.example:8200",
    auth_mount="eks/prod",
    role="billing",
    audience="vault",
    service_account="billing",
    namespace="team",
    ca_pem="never here",
)
PLACE = ClassPlace(role="vault", namespace="shop", name="billing-vault")
API = VaultRead(secret="api", kind="kv", mount="apps", path="billing/api", keys=("api_key",))
CERTIFICATE = VaultRead(
    secret="web",
    kind="pki",
    mount="pki",
    path="web",
    keys=("certificate",),
    common_name="a.example",
    alt_names=("b.example", "c.example"),
    ttl_seconds=3600,
)


def mounted(read: VaultRead, *keys: str, mode: str | None = None) -> MountedVault:
    return MountedVault(
        read=read, files=tuple(MountedKey(name=f"f.{key}", key=key) for key in keys), mode=mode
    )


def objects(made: Any) -> Any:
    return yaml.safe_load(made.spec["parameters"]["objects"])


def test_a_class_names_address_mount_role_audience_and_namespace_of_vault():
    made = vault_class(PLACE, CLIENT, [mounted(API, "api_key")], "/vault/tls/ca.crt")
    parameters = {k: v for k, v in made.spec["parameters"].items() if k != "objects"}
    assert parameters == {
        "vaultAddress": "https://vault.example:8200",
        "vaultAuthMountPath": "eks/prod",
        "roleName": "billing",
        "audience": "vault",
        "vaultNamespace": "team",
        "vaultCACertPath": "/vault/tls/ca.crt",
    }
    assert made.annotations == {}
    assert made.files == ("f.api_key",)


def test_a_key_is_read_below_data_and_its_mode_is_a_number():
    made = vault_class(PLACE, CLIENT, [mounted(API, "api_key", mode="0440")], None)
    assert objects(made) == [
        {
            "objectName": "f.api_key",
            "secretPath": "apps/data/billing/api",
            "secretKey": "api_key",
            "filePermission": 0o440,
        }
    ]
    assert "vaultCACertPath" not in made.spec["parameters"]


def test_a_certificate_is_asked_for_with_exactly_its_names():
    (entry,) = objects(vault_class(PLACE, CLIENT, [mounted(CERTIFICATE, "certificate")], None))
    assert entry["secretPath"] == "pki/issue/web"
    assert entry["method"] == "PUT"
    assert entry["secretArgs"] == {
        "common_name": "a.example",
        "ttl": "3600s",
        "alt_names": "b.example,c.example",
    }


@pytest.mark.parametrize(("static", "folder"), [(False, "creds"), (True, "static-creds")])
def test_a_database_credential_is_read_where_its_role_is(static: bool, folder: str):
    read = VaultRead(secret="db", kind="database", mount="db", path="app", keys=("username",), static=static)
    (entry,) = objects(vault_class(PLACE, CLIENT, [mounted(read, "username")], None))
    assert entry["secretPath"] == f"db/{folder}/app"
    assert "method" not in entry


def test_an_aws_secret_is_picked_apart_by_quoted_paths():
    read = AwsRead(secret="shop", name="Shop-Prod", keys=("VCS.Pat", "a.b.c", "1-x"))
    files = tuple(MountedKey(name=f"shop.{key}", key=key) for key in read.keys)
    made = aws_class(PLACE, "eu-west-1", [MountedAws(read=read, whole="shop.json", files=files, mode="0440")])
    assert made.spec["provider"] == "aws"
    assert made.spec["parameters"]["region"] == "eu-west-1"
    assert "usePodIdentity" not in made.spec["parameters"]
    assert objects(made) == [
        {
            "objectName": "Shop-Prod",
            "objectType": "secretsmanager",
            "objectAlias": "shop.json",
            "jmesPath": [
                {"path": '"VCS"."Pat"', "objectAlias": "shop.VCS.Pat"},
                {"path": '"a"."b.c"', "objectAlias": "shop.a.b.c"},
                {"path": '"1-x"', "objectAlias": "shop.1-x"},
            ],
            "filePermission": "0440",
        }
    ]


def test_without_keys_the_aws_secret_is_one_file():
    read = AwsRead(secret="shop", name="Shop-Prod", keys=("a",))
    made = aws_class(PLACE, "eu-west-1", [MountedAws(read=read, whole="shop")], pod_identity=True)
    assert objects(made) == [
        {"objectName": "Shop-Prod", "objectType": "secretsmanager", "objectAlias": "shop"}
    ]
    assert made.spec["parameters"]["usePodIdentity"] == "true"
    assert made.files == ("shop",)


def test_the_whole_secret_is_mounted_but_not_copied_to_a_kubernetes_secret():
    read = AwsRead(secret="shop", name="Shop-Prod", keys=("a",))
    place = ClassPlace(role="aws", namespace="shop", name="x", sync_to="files")
    files = (MountedKey(name="shop.a", key="a"),)
    made = aws_class(place, "eu-west-1", [MountedAws(read=read, whole="shop.json", files=files)])
    assert made.spec["secretObjects"] == [
        {"secretName": "files", "type": "Opaque", "data": [{"objectName": "shop.a", "key": "shop.a"}]}
    ]
    assert set(made.files) == {"shop.a", "shop.json"}


def test_mendix_finds_its_class_by_an_annotation():
    place = ClassPlace(role="vault", namespace="mx", name="app", mendix=True)
    made = vault_class(place, CLIENT, [mounted(API, "api_key")], None)
    assert made.annotations == {"privatecloud.mendix.com/environment-class": "true"}


@pytest.mark.parametrize(("key", "path"), [("plain", '"plain"'), ("A.b", '"A"."b"'), ("A.b.c", '"A"."b.c"')])
def test_a_path_follows_the_nesting_of_the_stored_json(key: str, path: str):
    assert jmes_path(key) == path
    assert ".".join(f'"{part}"' for part in nested_parts(key)) == path


@pytest.mark.parametrize(
    ("seconds", "text"), [(59, "59s"), (60, "1m0s"), (3600, "1h0m0s"), (5430, "1h30m30s")]
)
def test_a_duration_is_written_as_go_prints_it(seconds: int, text: str):
    assert duration(seconds) == text
