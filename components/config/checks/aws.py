"""AWS: accounts and regions that fit together, and identities that can work."""

from __future__ import annotations

from collections.abc import Iterator

from components import flavours, naming
from components.config import resolve
from components.config.checks.principals import keyed
from components.config.errors import ConfigError
from components.config.facts import AwsFacts
from components.config.problem import Problem, shown
from components.config.stack import StackConfig


def check(config: StackConfig) -> Iterator[Problem]:
    """Problems of a stack that has AWS secrets; nothing where it has none."""
    secrets = resolve.aws_secrets(config)
    aws = config.facts.aws
    if secrets and aws is None:
        yield Problem(
            key="facts.aws",
            got="nothing",
            allowed="accountId and region, since the stack has AWS secrets",
            remedy=f"add facts.aws, or take away {', '.join(sorted(secrets)[:5])}",
        )
    if aws is None:
        return
    yield from _key(config, aws)
    yield from _boundary(aws)
    for key, principal in keyed(config):
        if principal.is_pod and resolve.secrets_of(config, principal, "aws"):
            yield from _role(config, key, principal.name)
            yield from _identity(config, key, principal.identity.aws_identity)
    try:
        naming.kms_alias(config.environment, config.facts.cluster.name)
    except ConfigError as error:
        yield Problem(key="environment", allowed="a shorter name", remedy=str(error))


def _key(config: StackConfig, aws: AwsFacts) -> Iterator[Problem]:
    key = config.shared.kms_key
    prefix = f"arn:{naming.partition(aws.region)}:kms:{aws.region}:{aws.account_id}:key/"
    if key.manage == "create" and key.arn is not None:
        yield Problem(
            key="shared.kmsKey.arn",
            got=shown(key.arn),
            allowed="no arn with manage: create",
            remedy="write manage: existing, or remove the arn",
        )
    elif key.manage == "existing" and not (key.arn or "").startswith(prefix):
        yield Problem(
            key="shared.kmsKey.arn",
            got="nothing" if key.arn is None else shown(key.arn),
            allowed=f"{prefix}ID, the account and region of facts.aws",
            remedy="give the ARN of a key of this account and region",
        )
    start = f"arn:{naming.partition(aws.region)}:iam::{aws.account_id}:role/"
    for role in key.administrators:
        if not role.startswith(start):
            yield Problem(
                key="shared.kmsKey.administrators",
                got=shown(role),
                allowed=f"{start}NAME, a role of the account of facts.aws",
                remedy="correct partition and account",
            )


def _boundary(aws: AwsFacts) -> Iterator[Problem]:
    partition = naming.partition(aws.region)
    starts = tuple(f"arn:{partition}:iam::{account}:policy/" for account in (aws.account_id, "aws"))
    if aws.permissions_boundary and not aws.permissions_boundary.startswith(starts):
        yield Problem(
            key="facts.aws.permissionsBoundary",
            got=shown(aws.permissions_boundary),
            allowed=f"{starts[0]}NAME",
            remedy="correct partition and account",
        )


def _role(config: StackConfig, key: str, name: str) -> Iterator[Problem]:
    try:
        naming.iam_role_name(config.facts.cluster.name, name)
    except ConfigError:
        made = f"{config.facts.cluster.name}-{name}"
        yield Problem(
            key=key,
            got=f"{shown(made)} ({len(made)} characters)",
            allowed=f"an IAM role name CLUSTER-NAME of at most {naming.IAM_ROLE_NAME_MAX} characters",
            remedy="shorten the name of the cluster, or of the workload or writer",
        )


def _identity(config: StackConfig, key: str, method: str) -> Iterator[Problem]:
    cluster = config.facts.cluster
    if method == "podIdentity" and cluster.flavour != "eks":
        yield Problem(
            key=f"{key}.awsIdentity",
            got=shown(method),
            allowed="irsa: only EKS has pod identities",
            remedy="remove the key",
        )
    if method == "irsa" and flavours.private_issuer(cluster):
        yield Problem(
            key="facts.cluster.oidcIssuer",
            got=shown(cluster.oidc_issuer),
            allowed="a public issuer: AWS reads the cluster's keys from it",
            remedy=f"publish the issuer, or keep the secrets of {key} in Vault",
        )
