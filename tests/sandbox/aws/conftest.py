"""A role bound to one ServiceAccount, and two secrets under a customer key."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from workload_secrets.sandbox.aws.profile import admin_client
from workload_secrets.sandbox.handle import Cluster, Sandbox

STS = "sts.amazonaws.com"
SUBJECT = "system:serviceaccount:billing:billing"


@dataclass(frozen=True)
class World:
    """`role` may read secret `mine`; nobody else's rights are given."""

    role: str
    mine: str
    other: str
    key: str
    iam: Any


@pytest.fixture(scope="session")
def world(sandbox: Sandbox, cluster: Cluster) -> World:
    iam, kms, manager = (admin_client(sandbox, "dev", name) for name in ("iam", "kms", "secretsmanager"))
    host = cluster.issuer.removeprefix("https://")
    iam.create_open_id_connect_provider(Url=cluster.issuer, ClientIDList=[STS], ThumbprintList=["0" * 40])
    key = kms.create_key()["KeyMetadata"]["Arn"]
    mine, other = (
        manager.create_secret(Name=name, KmsKeyId=key, SecretString="{}")["ARN"]
        for name in ("dev/mine", "dev/other")
    )
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{host}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{host}:sub": SUBJECT, f"{host}:aud": STS}},
    }
    role = iam.create_role(RoleName="dev-billing", AssumeRolePolicyDocument=_document([trust]))["Role"]
    return World(role=role["Arn"], mine=mine, other=other, key=key, iam=iam)


def _document(statements: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def assume(anonymous: Callable[[str], Any], world: World) -> Callable[[str], Mapping[str, str]]:
    def take(token: str) -> Mapping[str, str]:
        answer = anonymous("sts").assume_role_with_web_identity(
            RoleArn=world.role, RoleSessionName="test", WebIdentityToken=token
        )
        return answer["Credentials"]

    return take


@pytest.fixture
def grant(world: World) -> Callable[..., None]:
    """Gives the role exactly these statements."""

    def give(*statements: Mapping[str, Any]) -> None:
        world.iam.put_role_policy(
            RoleName="dev-billing", PolicyName="own", PolicyDocument=_document(statements)
        )

    return give
