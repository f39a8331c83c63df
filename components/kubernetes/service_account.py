"""A workload's ServiceAccount: what binds its pods to an IAM role and to Mendix.

Only annotations of a ServiceAccount count; on a Deployment nothing reads them.
"""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs, ObjectMetaPatchArgs

from components.config.base import Manage
from components.inputs import Args
from components.naming import ROLE_ARN_ANNOTATION

TOKEN = "workload-secrets:kubernetes:ServiceAccount"  # noqa: S105 a type token
ROLE_ARN = ROLE_ARN_ANNOTATION
REGIONAL_STS = "eks.amazonaws.com/sts-regional-endpoints"
AUDIENCE = "eks.amazonaws.com/audience"
DEFAULT_AUDIENCE = "sts.amazonaws.com"
"""What the webhook asks for by itself. https://github.com/aws/amazon-eks-pod-identity-webhook"""
ENVIRONMENT_ACCOUNT = "privatecloud.mendix.com/environment-account"
"""Without it the Mendix operator (2.7.0 and later) refuses the account on purpose."""


class ServiceAccountArgs(Args):
    """`role_arn` None: no IRSA. `automount` None leaves it as it is, for an existing account.

    `mendix`: the account belongs to a Mendix environment. `after`: what must exist before,
    such as the namespace and the role, as far as this stack makes them.
    """

    namespace: str
    account: str
    manage: Manage = "create"
    role_arn: str | None = None
    audience: str = DEFAULT_AUDIENCE
    mendix: bool = False
    automount: bool | None = None
    after: tuple[pulumi.Resource, ...] = ()

    @property
    def annotations(self) -> dict[str, str]:
        """Values are strings: the API refuses others."""
        found: dict[str, str] = {}
        if self.role_arn is not None:
            found[ROLE_ARN] = self.role_arn
            found[REGIONAL_STS] = "true"
            if self.audience != DEFAULT_AUDIENCE:
                found[AUDIENCE] = self.audience
        if self.mendix:
            found[ENVIRONMENT_ACCOUNT] = "true"
        return found


class ServiceAccount(pulumi.ComponentResource):
    """A new account, or a server-side-apply patch of one that exists (`default` too)."""

    namespace: pulumi.Output[str]
    account: pulumi.Output[str]

    def __init__(
        self, name: str, args: ServiceAccountArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(TOKEN, name, None, opts)
        if args.manage == "create":
            self._create(name, args)
        elif args.annotations or args.automount is not None:
            self._patch(name, args)
        self.namespace = pulumi.Output.from_input(args.namespace)
        self.account = pulumi.Output.from_input(args.account)
        self.register_outputs({"namespace": self.namespace, "account": self.account})

    def _create(self, name: str, args: ServiceAccountArgs) -> None:
        kubernetes.core.v1.ServiceAccount(
            f"{name}-account",
            metadata=_metadata(args),
            automount_service_account_token=args.automount,
            opts=self._child(args),
        )

    def _patch(self, name: str, args: ServiceAccountArgs) -> None:
        kubernetes.core.v1.ServiceAccountPatch(
            f"{name}-patch",
            metadata=ObjectMetaPatchArgs(
                name=args.account, namespace=args.namespace, annotations=args.annotations or None
            ),
            automount_service_account_token=args.automount,
            opts=self._child(args),
        )

    def _child(self, args: ServiceAccountArgs) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(args.after) or None)


def _metadata(args: ServiceAccountArgs) -> ObjectMetaArgs:
    # As an object and not a dict: of a dict an absent value would be sent as null.
    return ObjectMetaArgs(name=args.account, namespace=args.namespace, annotations=args.annotations or None)
