"""The IAM role of a workload, bound to the cluster's OIDC provider."""

from __future__ import annotations

import json
from collections.abc import Coroutine
from typing import Any

import pulumi
import pulumi_aws as aws

from components.aws.oidc_provider import OidcProvider, OidcProviderArgs
from components.aws.workload_role import WorkloadRole, WorkloadRoleArgs
from components.documents.arn import AwsScope
from components.documents.iam import SecretGrant
from components.inputs import In
from tests.components.mocks.mocks import ACCOUNT, REGION, Cloud, deployed

PROVIDER = ("aws:iam/openIdConnectProvider:OpenIdConnectProvider", "cluster-provider")
ROLE = ("aws:iam/role:Role", "pmp-role")
SECRETS = ("aws:iam/rolePolicy:RolePolicy", "pmp-secrets")
KMS = ("aws:iam/rolePolicy:RolePolicy", "pmp-kms")
SCOPE = AwsScope(account_id=ACCOUNT, region=REGION)
ISSUER = f"oidc.eks.{REGION}.amazonaws.com/id/0A1B"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0a1b"


def role(key_arn: In[str] = KEY) -> WorkloadRole:
    """The provider of the cluster, and a role for one of its ServiceAccounts."""
    provider = OidcProvider(
        "cluster", OidcProviderArgs(scope=SCOPE, issuer=f"https://{ISSUER}", audiences=("sts.amazonaws.com",))
    )
    args = WorkloadRoleArgs(
        scope=SCOPE,
        role_name="dev-pmp",
        cluster="dev",
        issuer=f"https://{ISSUER}",
        namespace="feature-test",
        service_account="mxplatform",
        grants=(SecretGrant(key="pmp-credentials", name="PMP-Dev-Credentials"),),
        key_arn=key_arn,
        after=provider.resource,
    )
    return WorkloadRole("pmp", args)


def statements(cloud: Cloud, key: tuple[str, str]) -> list[dict[str, Any]]:
    return json.loads(cloud[key].inputs["policy"])["Statement"]


def test_the_provider_trusts_the_cluster_for_sts_alone(preview: bool) -> None:
    cloud = deployed(role, preview=preview)
    assert cloud[PROVIDER].inputs == {"url": f"https://{ISSUER}", "clientIdLists": ["sts.amazonaws.com"]}


def test_only_one_service_account_of_this_cluster_can_take_the_role(preview: bool) -> None:
    inputs = deployed(role, preview=preview)[ROLE].inputs
    assert inputs["name"] == "dev-pmp"
    (statement,) = json.loads(inputs["assumeRolePolicy"])["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"},
        "Condition": {
            "StringEquals": {
                f"{ISSUER}:aud": "sts.amazonaws.com",
                f"{ISSUER}:sub": "system:serviceaccount:feature-test:mxplatform",
            }
        },
    }


def test_the_role_waits_for_the_provider(preview: bool) -> None:
    assert deployed(role, preview=preview)[ROLE].waits_for == {"::".join(PROVIDER)}


def test_everything_is_a_child_of_its_component(preview: bool) -> None:
    cloud = deployed(role, preview=preview)
    assert cloud[PROVIDER].parent == "workload-secrets:aws:OidcProvider::cluster"
    parents = {cloud[key].parent for key in (ROLE, SECRETS, KMS)}
    assert parents == {"workload-secrets:aws:WorkloadRole::pmp"}


def test_the_role_reads_exactly_its_secret(preview: bool) -> None:
    cloud = deployed(role, preview=preview)
    (read,) = statements(cloud, SECRETS)
    assert read["Effect"] == "Allow"
    assert read["Action"] == ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
    assert read["Resource"] == f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:PMP-Dev-Credentials-??????"
    assert cloud[SECRETS].inputs["role"] == "dev-pmp"


def test_the_role_decrypts_with_one_key_for_the_same_secret_only() -> None:
    (decrypt,) = statements(deployed(role), KMS)
    assert (decrypt["Action"], decrypt["Resource"]) == ("kms:Decrypt", KEY)
    assert f"secretsmanager.{REGION}.amazonaws.com" in json.dumps(decrypt["Condition"])
    assert "PMP-Dev-Credentials-??????" in json.dumps(decrypt["Condition"])


def test_at_a_preview_a_new_key_leaves_only_the_kms_policy_unknown() -> None:
    cloud = deployed(lambda: role(aws.kms.Key("key").arn), preview=True)
    assert not isinstance(cloud[KMS].inputs["policy"], str)
    assert isinstance(cloud[SECRETS].inputs["policy"], str)
    assert isinstance(cloud[ROLE].inputs["assumeRolePolicy"], str)


def test_no_input_is_secret(preview: bool) -> None:
    assert deployed(role, preview=preview).marked == set()


@pulumi.runtime.test
def test_the_outputs_are_arn_and_name() -> Coroutine[None, None, None]:
    Cloud().begin()
    made = role()

    async def check() -> None:
        assert await made.role_arn.future() == f"arn:aws:iam::{ACCOUNT}:role/dev-pmp"
        assert await made.role_name.future() == "dev-pmp"
        assert not await made.role_arn.is_secret()

    return check()


@pulumi.runtime.test
def test_at_a_preview_the_name_is_known_and_the_arn_is_not() -> Coroutine[None, None, None]:
    Cloud(preview=True).begin()
    made = role()

    async def check() -> None:
        assert await made.role_name.is_known()
        assert not await made.role_arn.is_known()

    return check()
