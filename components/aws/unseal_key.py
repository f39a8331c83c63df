"""The KMS key that unseals a Vault server, and the role that its pods use it with."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.documents import iam, unseal_iam
from components.documents.arn import AwsScope
from components.inputs import Args, In, guarded

TOKEN = "workload-secrets:aws:UnsealKey"  # noqa: S105 a type token
DELETION_WINDOW_DAYS = 30
"""The longest KMS offers. Without the key nobody can open the server's data, not even with
recovery keys. https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html"""


class UnsealKeyArgs(Args):
    """`alias` starts with `alias/`. `existing_arn`: a given key; then only the role is made.

    `namespace` and `service_account` are the server's own. `after`: the OIDC provider, where
    this stack makes it. `administrators` are role ARNs that keep control of the key.
    """

    scope: AwsScope
    alias: str
    role_name: str
    issuer: str
    audience: str = "sts.amazonaws.com"
    namespace: str
    service_account: str
    existing_arn: str | None = None
    administrators: tuple[str, ...] = ()
    permissions_boundary: str | None = None
    protect: bool = True
    after: pulumi.Resource | None = None
    tags: Mapping[str, str] = {}


class UnsealKey(pulumi.ComponentResource):
    """A role for one ServiceAccount, and a key with yearly rotation that only it may use.

    `resources` are what the server's release waits for.
    """

    key_arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]
    resources: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: UnsealKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        role = self._role(name, args)
        made: tuple[pulumi.Resource, ...] = ()
        key_arn: In[str]
        if args.existing_arn is None:
            key, alias = self._key(name, args, role)
            key_arn, made = key.arn, (key, alias)
        else:
            key_arn = args.existing_arn
        policy = aws.iam.RolePolicy(
            f"{name}-unseal",
            name="unseal",
            role=role.name,
            policy=pulumi.Output.from_input(key_arn).apply(unseal_iam.key_use),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.key_arn = pulumi.Output.from_input(key_arn)
        self.role_arn = role.arn
        self.resources = (role, *made, policy)
        self.register_outputs({"key_arn": self.key_arn, "role_arn": self.role_arn})

    def _role(self, name: str, args: UnsealKeyArgs) -> aws.iam.Role:
        subject = f"system:serviceaccount:{args.namespace}:{args.service_account}"
        return aws.iam.Role(
            f"{name}-role",
            name=args.role_name,
            description=f"Unseals the Vault server {args.namespace}/{args.service_account}",
            assume_role_policy=iam.irsa_trust(
                args.scope, issuer=args.issuer, subject=subject, audience=args.audience
            ),
            permissions_boundary=args.permissions_boundary,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.after] if args.after else None),
        )

    def _key(self, name: str, args: UnsealKeyArgs, role: aws.iam.Role) -> tuple[aws.kms.Key, aws.kms.Alias]:
        key = aws.kms.Key(
            f"{name}-key",
            description=f"Unseals the Vault server {args.namespace}/{args.service_account}",
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            policy=unseal_iam.key_policy(args.scope, role=args.role_name, administrators=args.administrators),
            tags=args.tags,
            # KMS refuses a policy whose principal isn't there yet.
            opts=guarded(self, protect=args.protect, after=[role]),
        )
        alias = aws.kms.Alias(
            f"{name}-alias",
            name=args.alias,
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return key, alias
