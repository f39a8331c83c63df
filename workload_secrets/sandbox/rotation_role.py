"""The role of a rotation function, as its owner would have made it: Lambda runs as it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from workload_secrets.sandbox.aws.profile import admin_client
from workload_secrets.sandbox.handle import Sandbox

_KEY_USE: Final = "key-of-others"


def make(sandbox: Sandbox, stack: str, arn: str, given_keys: Sequence[str]) -> str:
    """Makes the role unless it is there; says what it stands for.

    It gets no right of its own but the use of `given_keys`, whose policies this stack doesn't
    write. The account may assume it, since no Lambda runs here.
    """
    iam = admin_client(sandbox, stack, "iam")
    path, _, name = arn.partition(":role")[2].rpartition("/")
    partition, account = arn.split(":")[1], arn.split(":")[4]
    principal = {"AWS": f"arn:{partition}:iam::{account}:root", "Service": "lambda.amazonaws.com"}
    trust: dict[str, Any] = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    try:
        iam.get_role(RoleName=name)
    except iam.exceptions.NoSuchEntityException:
        iam.create_role(RoleName=name, Path=f"{path}/", AssumeRolePolicyDocument=_document(trust))
    if given_keys:
        actions = ["kms:Decrypt", "kms:GenerateDataKey"]
        use = {"Effect": "Allow", "Action": actions, "Resource": list(given_keys)}
        iam.put_role_policy(RoleName=name, PolicyName=_KEY_USE, PolicyDocument=_document(use))
    return f"the rotation function that runs as {arn} → the account's administrator, who assumes that role"


def login(sandbox: Sandbox, stack: str, arn: str) -> dict[str, str]:
    """Credentials of a session of the role, in the shape STS gives them."""
    sts = admin_client(sandbox, stack, "sts")
    return sts.assume_role(RoleArn=arn, RoleSessionName="rotation")["Credentials"]


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
