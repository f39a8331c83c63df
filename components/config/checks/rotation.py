"""Rotation by AWS: one way to say when, and a function and role of the stack's own account."""

from __future__ import annotations

from collections.abc import Iterator

from components import naming
from components.config import resolve
from components.config.facts import AwsFacts
from components.config.problem import Problem, shown
from components.config.rotation import Rotation
from components.config.stack import StackConfig


def check(config: StackConfig) -> Iterator[Problem]:
    """Problems of every rotation; nothing where no secret is rotated."""
    for name, secret in resolve.aws_secrets(config).items():
        if secret.rotation is not None:
            key = f"secrets.{name}.rotation"
            yield from _when(key, secret.rotation)
            if config.facts.aws is not None:
                yield from _where(key, secret.rotation, config.facts.aws)
                yield from _who(config, key, secret.rotation, config.facts.aws)


def _when(key: str, rotation: Rotation) -> Iterator[Problem]:
    if (rotation.after_days is None) == (rotation.schedule is None):
        both = rotation.after_days is not None
        yield Problem(
            key=key,
            got="afterDays and schedule" if both else "neither afterDays nor schedule",
            allowed="one of the two",
            remedy="remove one" if both else "write afterDays: 30, or a schedule",
        )


def _where(key: str, rotation: Rotation, aws: AwsFacts) -> Iterator[Problem]:
    partition = naming.partition(aws.region)
    function = f"arn:{partition}:lambda:{aws.region}:{aws.account_id}:function:"
    if not rotation.function_arn.startswith(function):
        yield Problem(
            key=f"{key}.functionArn",
            got=shown(rotation.function_arn),
            allowed=f"{function}NAME, the account and region of facts.aws",
            remedy="deploy the function beside the secret",
        )
    role = f"arn:{partition}:iam::{aws.account_id}:role/"
    if not rotation.function_role_arn.startswith(role):
        yield Problem(
            key=f"{key}.functionRoleArn",
            got=shown(rotation.function_role_arn),
            allowed=f"{role}NAME, a role of the account of facts.aws: the secret refuses all others",
            remedy="correct partition and account",
        )


def _who(config: StackConfig, key: str, rotation: Rotation, aws: AwsFacts) -> Iterator[Problem]:
    """A role of the stack is a workload's or writer's; its rights are its declared ones."""
    cluster = config.facts.cluster.name
    for name in resolve.principals(config):
        if len(f"{cluster}-{name}") > naming.IAM_ROLE_NAME_MAX:
            continue  # is refused for that already
        own = naming.role_arn(aws.region, aws.account_id, naming.iam_role_name(cluster, name))
        if rotation.function_role_arn == own:
            yield Problem(
                key=f"{key}.functionRoleArn",
                got=shown(rotation.function_role_arn),
                allowed=f"the role that the function runs as; this one is of {name}",
                remedy="give the function a role of its own",
            )
