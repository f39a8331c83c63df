"""The KMS key that encrypts the stack's AWS secrets."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.documents import iam
from components.documents.arn import AwsScope
from components.documents.rotation_iam import RotatedSecret
from components.inputs import Args, guarded

TOKEN = "workload-secrets:aws:SecretsKey"  # noqa: S105 a type token
DELETION_WINDOW_DAYS = 30
"""The longest KMS offers: a deleted key takes every value under it along.
https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html"""


class SecretsKeyArgs(Args):
    """`alias` starts with `alias/`. `existing_arn`: a given key; then nothing is registered.

    `administrators` are role ARNs that keep control of the key. `rotated`: the secrets whose
    rotation functions use it. `protect` is for production.
    """

    scope: AwsScope
    alias: str
    administrators: tuple[str, ...] = ()
    existing_arn: str | None = None
    rotated: tuple[RotatedSecret, ...] = ()
    protect: bool = False
    tags: Mapping[str, str] = {}


class SecretsKey(pulumi.ComponentResource):
    """A key with yearly rotation and its alias, or the ARN of a key made elsewhere."""

    key_arn: pulumi.Output[str]

    def __init__(self, name: str, args: SecretsKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        if args.existing_arn is None:
            self.key_arn = self._create(name, args)
        else:
            self.key_arn = pulumi.Output.from_input(args.existing_arn)
        self.register_outputs({"key_arn": self.key_arn})

    def _create(self, name: str, args: SecretsKeyArgs) -> pulumi.Output[str]:
        key = aws.kms.Key(
            f"{name}-key",
            description=f"Encrypts the secrets of {args.alias.removeprefix('alias/')}",
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            policy=iam.key_policy(args.scope, administrators=args.administrators, rotated=args.rotated),
            tags=args.tags,
            opts=guarded(self, protect=args.protect),
        )
        aws.kms.Alias(
            f"{name}-alias",
            name=args.alias,
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return key.arn
