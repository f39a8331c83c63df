"""What AWS checks and the emulator does not."""

from __future__ import annotations

import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import boto3
import jwt
import pytest
from botocore.exceptions import ClientError

from workload_secrets.sandbox.aws.profile import admin_client, client
from workload_secrets.sandbox.aws.server import substitute_alias
from workload_secrets.sandbox.handle import Cluster, Sandbox
from workload_secrets.sandbox.tokens import foreign, sign

pytestmark = pytest.mark.sandbox

STS = "sts.amazonaws.com"
Assume = Callable[[str], Mapping[str, str]]
Mint = Callable[..., str]
Grant = Callable[..., None]
Client = Callable[[str, Mapping[str, str]], Any]


@pytest.fixture
def claims(cluster: Cluster) -> dict[str, Any]:
    """What a good token of the billing account says."""
    now = int(time.time())
    return {
        "iss": cluster.issuer,
        "sub": "system:serviceaccount:billing:billing",
        "aud": [STS],
        "iat": now - 10,
        "nbf": now - 10,
        "exp": now + 600,
    }


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]  # pyright: ignore


def test_a_token_of_the_cluster_assumes_the_role_it_is_bound_to(assume: Assume, token: Mint) -> None:
    assert assume(token("billing", STS))["AccessKeyId"].startswith("ASIA")


def test_a_token_signed_by_the_sandbox_with_the_clusters_key_is_as_good(
    assume: Assume, cluster: Cluster, claims: dict[str, Any]
) -> None:
    assert assume(sign(cluster, claims))["AccessKeyId"].startswith("ASIA")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"exp": 1}, "ExpiredTokenException"),
        ({"nbf": 4102444800}, "InvalidIdentityToken"),
        ({"aud": [STS, "vault"]}, "InvalidIdentityToken"),
        ({"aud": []}, "InvalidIdentityToken"),
        ({"iss": "https://foreign-issuer.invalid"}, "InvalidIdentityToken"),
        ({"aud": ["vault"]}, None),
        ({"sub": "system:serviceaccount:other:billing"}, "AccessDenied"),
    ],
    ids=["expired", "not yet", "two audiences", "no audience", "other issuer", "wrong aud", "wrong sub"],
)
@pytest.mark.usefixtures("world")
def test_a_token_with_one_wrong_claim_is_refused(
    assume: Assume, cluster: Cluster, claims: dict[str, Any], change: Mapping[str, Any], expected: str | None
) -> None:
    with pytest.raises(ClientError) as refused:
        assume(sign(cluster, {**claims, **change}))
    assert expected is None or code(refused) == expected


def test_an_unsigned_token_is_refused(assume: Assume, claims: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as refused:
        assume(jwt.encode(claims, "", algorithm="none"))
    assert code(refused) == "InvalidIdentityToken"


def test_a_token_signed_by_a_foreign_key_is_refused(assume: Assume, claims: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as refused:
        assume(foreign(claims))
    assert code(refused) == "InvalidIdentityToken"


def test_a_token_of_another_cluster_is_refused(assume: Assume, token: Mint) -> None:
    with pytest.raises(ClientError):
        assume(token("billing", STS, cluster="other"))


def reads(*arns: str) -> Mapping[str, Any]:
    actions = ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]
    return {"Effect": "Allow", "Action": actions, "Resource": list(arns)}


def uses_key(key: str, *arns: str, actions: Sequence[str] = ("kms:Decrypt",)) -> Mapping[str, Any]:
    return {
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": key,
        "Condition": {
            "StringEquals": {"kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com"},
            "StringLike": {"kms:EncryptionContext:SecretARN": list(arns)},
        },
    }


@pytest.fixture
def manager(assume: Assume, token: Mint, session_client: Client) -> Any:
    return session_client("secretsmanager", assume(token("billing", STS)))


def test_a_secret_is_read_with_the_right_on_its_key(world: Any, grant: Grant, manager: Any) -> None:
    pattern = world.mine[:-6] + "??????"
    grant(reads(pattern), uses_key(world.key, pattern))
    assert manager.get_secret_value(SecretId=world.mine)["SecretString"] == "{}"
    assert manager.get_secret_value(SecretId="dev/mine")["SecretString"] == "{}"


@pytest.mark.parametrize("wrong", ["no grant", "other secret", "other key", "deny"])
def test_a_secret_is_not_read_without_the_right_on_its_key(
    world: Any, grant: Grant, manager: Any, wrong: str
) -> None:
    grants: dict[str, list[Mapping[str, Any]]] = {
        "no grant": [],
        "other secret": [uses_key(world.key, world.other)],
        "other key": [uses_key(world.key[:-1] + "x", world.mine)],
        "deny": [uses_key(world.key, world.mine), {**uses_key(world.key, world.mine), "Effect": "Deny"}],
    }
    grant(reads(world.mine), *grants[wrong])
    with pytest.raises(ClientError) as refused:
        manager.get_secret_value(SecretId=world.mine)
    assert code(refused) == "AccessDeniedException"
    assert "KMS" in str(refused.value)


def test_the_right_on_the_key_alone_reads_nothing(world: Any, grant: Grant, manager: Any) -> None:
    grant(uses_key(world.key, world.other))
    with pytest.raises(ClientError) as refused:
        manager.get_secret_value(SecretId=world.other)
    assert code(refused) == "AccessDeniedException"


def test_writing_a_value_needs_a_data_key(world: Any, grant: Grant, manager: Any) -> None:
    grant(reads(world.mine), uses_key(world.key, world.mine))
    with pytest.raises(ClientError):
        manager.put_secret_value(SecretId=world.mine, SecretString="{}")
    both = ("kms:Decrypt", "kms:GenerateDataKey")
    grant(reads(world.mine), uses_key(world.key, world.mine, actions=both))
    manager.put_secret_value(SecretId=world.mine, SecretString="{}")


def test_a_right_bound_to_the_keys_tag_holds_with_that_tag_alone(
    sandbox: Sandbox, world: Any, grant: Grant, manager: Any
) -> None:
    tagged = {"StringEquals": {"aws:ResourceTag/workload-secrets:stack": "dev/dev"}}
    grant(reads(world.mine), {**uses_key("*"), "Condition": tagged})
    kms = admin_client(sandbox, "dev", "kms")
    for value in ("dev/other", "dev/dev"):
        kms.tag_resource(KeyId=world.key, Tags=[{"TagKey": "workload-secrets:stack", "TagValue": value}])
        if value == "dev/dev":
            assert manager.get_secret_value(SecretId=world.mine)["SecretString"] == "{}"
        else:
            with pytest.raises(ClientError):
                manager.get_secret_value(SecretId=world.mine)


def test_a_boundary_limits_the_right_on_the_key(world: Any, grant: Grant, manager: Any) -> None:
    grant(reads(world.mine), uses_key(world.key, world.mine))
    document = json.dumps({"Version": "2012-10-17", "Statement": [reads("*")]})
    boundary = world.iam.create_policy(PolicyName="boundary", PolicyDocument=document)["Policy"]["Arn"]
    world.iam.put_role_permissions_boundary(RoleName="dev-billing", PermissionsBoundary=boundary)
    try:
        with pytest.raises(ClientError) as refused:
            manager.get_secret_value(SecretId=world.mine)
        assert "KMS" in str(refused.value)
    finally:
        world.iam.delete_role_permissions_boundary(RoleName="dev-billing")


def test_a_key_policy_that_denies_wins(sandbox: Sandbox, world: Any, grant: Grant, manager: Any) -> None:
    kms = admin_client(sandbox, "dev", "kms")
    grant(reads(world.mine), uses_key(world.key, world.mine))
    own = kms.get_key_policy(KeyId=world.key, PolicyName="default")["Policy"]
    policy = json.loads(own)
    deny = {"Effect": "Deny", "Principal": {"AWS": world.role}, "Action": "kms:Decrypt", "Resource": "*"}
    policy["Statement"].append(deny)
    kms.put_key_policy(KeyId=world.key, PolicyName="default", Policy=json.dumps(policy))
    try:
        with pytest.raises(ClientError):
            manager.get_secret_value(SecretId=world.mine)
    finally:
        kms.put_key_policy(KeyId=world.key, PolicyName="default", Policy=own)


def test_a_secrets_own_policy_knows_transport_and_account(
    sandbox: Sandbox, world: Any, grant: Grant, manager: Any
) -> None:
    root = admin_client(sandbox, "dev", "secretsmanager")
    grant(reads(world.mine), uses_key(world.key, world.mine))
    statement = {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"}
    insecure = {**statement, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    outside = {**statement, "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}}
    stranger = {**statement, "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "444455556666"}}}

    def policy(*statements: Mapping[str, Any]) -> None:
        text = json.dumps({"Version": "2012-10-17", "Statement": statements})
        root.put_resource_policy(SecretId=world.mine, ResourcePolicy=text, BlockPublicPolicy=True)

    try:
        policy(insecure, outside)
        assert manager.get_secret_value(SecretId=world.mine)["SecretString"] == "{}"
        policy(stranger)
        with pytest.raises(ClientError):
            manager.get_secret_value(SecretId=world.mine)
    finally:
        root.delete_resource_policy(SecretId=world.mine)


def test_reading_many_values_at_once_is_not_offered(manager: Any, world: Any) -> None:
    with pytest.raises(ClientError, match="not offered"):
        manager.batch_get_secret_value(SecretIdList=[world.mine])


@pytest.mark.parametrize("key", ["111122223333", "test", "AKIAAAAAAAAAAAAAAAAA", "999999999999"])
def test_a_wrong_secret_key_is_refused(sandbox: Sandbox, key: str) -> None:
    make: Any = boto3.client  # pyright: ignore
    stranger = make(
        "iam",
        region_name="eu-central-1",
        endpoint_url=sandbox.aws_url,
        verify=str(sandbox.ca_file),
        aws_access_key_id=key,
        aws_secret_access_key="wrong",
    )
    with pytest.raises(ClientError) as refused:
        stranger.list_users()
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403  # pyright: ignore


def test_an_unsigned_call_is_refused(anonymous: Callable[[str], Any]) -> None:
    with pytest.raises(ClientError) as refused:
        anonymous("secretsmanager").list_secrets()
    assert code(refused) == "MissingAuthenticationToken"


def test_the_emulators_own_paths_are_not_offered(sandbox: Sandbox) -> None:
    request = urllib.request.Request(f"{sandbox.aws_url}/_ministack/reset", method="POST")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request, context=ssl.create_default_context(cafile=str(sandbox.ca_file)))


def test_the_deployer_has_its_policy_and_no_more(sandbox: Sandbox) -> None:
    made = client(sandbox, "dev", "secretsmanager", "deployer").create_secret(Name="dev/by-deployer")
    assert made["ARN"].startswith("arn:aws:secretsmanager:eu-central-1:111122223333:secret:dev/by-deployer-")
    with pytest.raises(ClientError) as refused:
        client(sandbox, "dev", "iam", "deployer").list_users()
    assert code(refused) == "AccessDenied"


def test_accounts_see_nothing_of_each_other(sandbox: Sandbox, world: Any) -> None:
    names = [s["Name"] for s in admin_client(sandbox, "other", "secretsmanager").list_secrets()["SecretList"]]
    assert "dev/mine" not in names


def test_a_given_key_is_checked_under_its_given_arn(
    sandbox: Sandbox, world: Any, grant: Grant, manager: Any
) -> None:
    given = "arn:aws:kms:eu-central-1:111122223333:key/aaaaaaaa-1234-1234-1234-123456789012"
    kms, root = (admin_client(sandbox, "dev", name) for name in ("kms", "secretsmanager"))
    stand_in = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=substitute_alias(given), TargetKeyId=stand_in)
    secret = root.create_secret(Name="dev/given-key", KmsKeyId=given, SecretString="{}")["ARN"]
    grant(reads(secret), uses_key(given, secret))
    assert manager.get_secret_value(SecretId=secret)["SecretString"] == "{}"
    grant(reads(secret), uses_key(world.key, secret))
    with pytest.raises(ClientError, match="KMS"):
        manager.get_secret_value(SecretId=secret)
