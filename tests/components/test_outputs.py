"""The rows that a stack exports, for every kind of secret and of identity."""

from __future__ import annotations

from typing import Any

import pytest

from components import outputs
from components.config.load import parse
from components.config.stack import StackConfig
from tests.stacks.read import ROOT, changed

ARN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:PMP-Dev-Credentials-a1B2c3"
KEY = "arn:aws:kms:eu-central-1:111122223333:key/0a1b"
ROLE = "arn:aws:iam::111122223333:role/dev-pmp"


def config(stack: str, **changes: Any) -> StackConfig:
    places = {place.replace("__", "/"): value for place, value in changes.items()}
    return parse(changed(stack, places), file=f"{stack}.yaml", folder=ROOT)


def secret(stack: str, name: str, **changes: Any) -> dict[str, Any]:
    found = config(stack, **changes)
    return outputs.secrets(found, arns=dict.fromkeys(found.secrets, ARN), kms_key_arn=KEY)[name].exported()


def workload(
    stack: str, name: str, *, aws: bool = True, vault: bool = True, **changes: Any
) -> dict[str, Any]:
    rows = outputs.identities_of(
        config(stack, **changes),
        "workload",
        role_arns={name: ROLE} if aws else {},
        vault_roles={name: f"role-of-{name}"} if vault else {},
    )
    return rows[name].exported()


def test_an_aws_secret_has_the_arn_that_it_is_given() -> None:
    assert secret("dev", "pmp-credentials") == {
        "backend": "aws",
        "name": "PMP-Dev-Credentials",
        "arn": ARN,
        "kmsKeyArn": KEY,
    }


def test_a_kv_secret_has_data_in_its_api_path_alone() -> None:
    assert secret("dev", "billing-api") == {
        "backend": "vault",
        "mount": "apps-dev",
        "path": "billing/api",
        "paths": {"read": "apps-dev/data/billing/api"},
        "url": "https://vault.dev.example:8200/apps-dev/billing/api",
    }


def test_a_vault_namespace_is_a_field_of_its_own() -> None:
    changes: dict[str, Any] = {
        "facts__vault__namespace": "team",
        "workloads__pmp__reads": ["pmp-credentials"],
    }
    row = secret("dev", "billing-api", **changes)
    assert row["vaultNamespace"] == "team"
    assert row["paths"] == {"read": "apps-dev/data/billing/api"}
    assert workload("dev", "billing", **changes)["vaultNamespace"] == "team"


@pytest.mark.parametrize(
    ("stack", "name", "row"),
    [
        (
            "database",
            "orders-db",
            {
                "backend": "database",
                "mount": "database-dev",
                "role": "api-role",
                "connection": "postgres",
                "paths": {"read": "database-dev/creds/api-role"},
            },
        ),
        (
            "database",
            "orders-static",
            {
                "backend": "database",
                "mount": "database-dev",
                "role": "nightly",
                "connection": "postgres",
                "paths": {"read": "database-dev/static-creds/nightly"},
            },
        ),
        (
            "engines",
            "shop-cert",
            {
                "backend": "pki",
                "mount": "pki/crypt",
                "role": "shop",
                "paths": {"issue": "pki/crypt/issue/shop"},
            },
        ),
        (
            "engines",
            "pii",
            {
                "backend": "transit",
                "mount": "transit-crypt",
                "key": "pii",
                "paths": {
                    "encrypt": "transit-crypt/encrypt/pii",
                    "decrypt": "transit-crypt/decrypt/pii",
                    "rewrap": "transit-crypt/rewrap/pii",
                },
            },
        ),
    ],
)
def test_an_engines_row_says_what_a_client_calls(stack: str, name: str, row: dict[str, Any]) -> None:
    assert secret(stack, name) == row


def test_a_workload_has_its_account_and_what_it_logs_in_with() -> None:
    assert workload("dev", "pmp") == {
        "identity": "kubernetes",
        "namespace": "feature-test",
        "serviceAccount": "mxplatform",
        "roleArn": ROLE,
        "awsAudience": "sts.amazonaws.com",
        "authMount": "kubernetes",
        "vaultRole": "role-of-pmp",
        "vaultAudience": "https://kubernetes.default.svc",
    }


def test_what_a_workload_does_not_have_is_left_out() -> None:
    account = {"identity": "kubernetes", "namespace": "billing", "serviceAccount": "billing"}
    assert workload("dev", "billing", aws=False, vault=False) == account


def test_pod_identity_shows_no_audience_to_sts() -> None:
    assert "awsAudience" not in workload("dev", "billing", workloads__billing__awsIdentity="podIdentity")


@pytest.mark.parametrize(
    ("stack", "name", "row"),
    [
        (
            "identities",
            "nightly",
            {"identity": "jwt", "authMount": "tests/jwt", "vaultAudience": "vault-build"},
        ),
        ("identities", "backup-host", {"identity": "approle", "authMount": "approle"}),
        ("identities", "edge-cache", {"identity": "cert", "authMount": "cert"}),
        ("kong-token", "local-hand", {"identity": "token", "authMount": "token"}),
    ],
)
def test_an_identity_that_is_no_pod_has_mount_and_role(stack: str, name: str, row: dict[str, Any]) -> None:
    assert workload(stack, name, aws=False) == {**row, "vaultRole": f"role-of-{name}"}
