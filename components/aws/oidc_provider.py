"""IAM's trust in the cluster as an issuer of tokens."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.config.base import Manage
from components.documents.arn import AwsScope
from components.inputs import Args

TOKEN = "workload-secrets:aws:OidcProvider"  # noqa: S105 a type token


class OidcProviderArgs(Args):
    """`issuer` with https://. `audiences` are those that the stack's roles ask for."""

    scope: AwsScope
    issuer: str
    audiences: tuple[str, ...]
    manage: Manage = "create"
    tags: Mapping[str, str] = {}


class OidcProvider(pulumi.ComponentResource):
    """One provider for each issuer and account; `existing` registers nothing.

    `resource` is what a role must wait for, None where the provider exists.
    """

    provider_arn: pulumi.Output[str]
    resource: aws.iam.OpenIdConnectProvider | None

    def __init__(self, name: str, args: OidcProviderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        self.resource = self._create(name, args) if args.manage == "create" else None
        # Known before the provider exists, so that trust documents can be reviewed.
        self.provider_arn = pulumi.Output.from_input(args.scope.oidc_provider(args.issuer))
        self.register_outputs({"provider_arn": self.provider_arn})

    def _create(self, name: str, args: OidcProviderArgs) -> aws.iam.OpenIdConnectProvider:
        # No thumbprints: IAM checks the issuer against its own authorities, and a list once
        # set can't be unset. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
        return aws.iam.OpenIdConnectProvider(
            f"{name}-provider",
            url=args.issuer,
            client_id_lists=sorted(args.audiences),
            tags=args.tags or None,
            opts=pulumi.ResourceOptions(parent=self),
        )
