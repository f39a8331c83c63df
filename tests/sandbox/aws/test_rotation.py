"""The front keeps rotation as AWS does, and asks for the rights that AWS asks for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from components.documents.arn import AwsScope
from components.documents.rotation_iam import RotatedSecret, deployer_rotates
from workload_secrets.sandbox.aws.profile import admin_client, client
from workload_secrets.sandbox.handle import Sandbox

pytestmark = pytest.mark.sandbox
NAME, OTHER = "rotation/one", "rotation/two"
SCOPE = AwsScope(account_id="111122223333", region="eu-central-1")
FUNCTION = "arn:aws:lambda:eu-central-1:111122223333:function:rotate"
RULES = {"AutomaticallyAfterDays": 30}


@pytest.fixture(scope="module")
def manager(sandbox: Sandbox) -> Iterator[Any]:
    made = admin_client(sandbox, "dev", "secretsmanager")
    for name in (NAME, OTHER):
        made.create_secret(Name=name, SecretString='{"token": "v"}')
    yield made
    for name in (NAME, OTHER):
        made.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)


@pytest.fixture(scope="module")
def session(sandbox: Sandbox) -> Callable[[list[Mapping[str, Any]]], Any]:
    """A Secrets Manager client of a role with exactly these statements."""
    iam, sts = admin_client(sandbox, "dev", "iam"), admin_client(sandbox, "dev", "sts")
    root = {"AWS": "arn:aws:iam::111122223333:root"}
    trust = {"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole"}
    arn = iam.create_role(RoleName="rotates", AssumeRolePolicyDocument=document([trust]))["Role"]["Arn"]

    def take(statements: list[Mapping[str, Any]]) -> Any:
        iam.put_role_policy(RoleName="rotates", PolicyName="own", PolicyDocument=document(statements))
        found = sts.assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        made: Any = boto3.Session().client  # pyright: ignore[reportUnknownMemberType]
        return made(
            "secretsmanager",
            region_name="eu-central-1",
            endpoint_url=sandbox.aws_url,
            verify=str(sandbox.ca_file),
            aws_access_key_id=found["AccessKeyId"],
            aws_secret_access_key=found["SecretAccessKey"],
            aws_session_token=found["SessionToken"],
        )

    return take


def document(statements: list[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def rotate(manager: Any, name: str = NAME, function: str = FUNCTION, *, immediately: bool = False) -> Any:
    return manager.rotate_secret(
        SecretId=name, RotationLambdaARN=function, RotationRules=RULES, RotateImmediately=immediately
    )


def refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    return refused.value.response["Error"]["Code"]


def test_function_and_rules_are_kept_and_no_version_is_made(manager: Any) -> None:
    before = manager.describe_secret(SecretId=NAME)["VersionIdsToStages"]
    assert rotate(manager)["Name"] == NAME
    found = manager.describe_secret(SecretId=NAME)
    assert (found["RotationEnabled"], found["RotationLambdaARN"], found["RotationRules"]) == (
        True,
        FUNCTION,
        RULES,
    )
    assert found["VersionIdsToStages"] == before
    assert not manager.describe_secret(SecretId=OTHER).get("RotationEnabled")


def test_a_cancelled_rotation_is_gone(manager: Any) -> None:
    rotate(manager)
    manager.cancel_rotate_secret(SecretId=NAME)
    assert not manager.describe_secret(SecretId=NAME).get("RotationEnabled")


def test_the_deployer_s_exact_right_is_exact(manager: Any, session: Callable[..., Any]) -> None:
    exact = RotatedSecret(name=NAME, function_arn=FUNCTION, role_arn="arn:aws:iam::111122223333:role/r")
    arns = {name: manager.describe_secret(SecretId=name)["ARN"] for name in (NAME, OTHER)}
    deployer = session(deployer_rotates(SCOPE, [exact]))
    assert rotate(deployer, arns[NAME])["Name"] == NAME
    assert refusal(lambda: rotate(deployer, arns[OTHER])) == "AccessDeniedException"
    assert refusal(lambda: rotate(deployer, arns[NAME], f"{FUNCTION}-mine")) == "AccessDeniedException"
    deployer.cancel_rotate_secret(SecretId=arns[NAME])
    assert refusal(lambda: deployer.cancel_rotate_secret(SecretId=arns[OTHER])) == "AccessDeniedException"


def test_whoever_may_not_invoke_the_function_may_not_switch_it_on(sandbox: Sandbox, manager: Any) -> None:
    deployer = client(sandbox, "dev", "secretsmanager", "deployer")  # it has secretsmanager:* alone
    assert refusal(lambda: rotate(deployer)) == "AccessDeniedException"


def test_what_the_sandbox_can_not_do_is_said(manager: Any) -> None:
    assert refusal(lambda: rotate(manager, immediately=True)) == "NotImplemented"
    assert refusal(lambda: rotate(manager, "rotation/none")) == "ResourceNotFoundException"
