"""The IAM role of one ServiceAccount: who may take it, and the secrets it opens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.documents import iam
from components.documents.arn import AwsScope
from components.documents.iam import SecretGrant
from components.inputs import Args, In

TOKEN = "workload-secrets:aws:WorkloadRole"  # noqa: S105 a type token


class WorkloadRoleArgs(Args):
    """`method`: `irsa` (a token of the cluster's issuer) or `podIdentity` (EKS's agent).

    `session_seconds`: 3600 to 43200, the longest session the role gives. `after`: the OIDC
    provider, where this stack makes it. `key_arn` None: the secrets lie under AWS's own key.
    """

    scope: AwsScope
    role_name: str
    cluster: str
    issuer: str
    namespace: str
    service_account: str
    method: Literal["irsa", "podIdentity"] = "irsa"
    audience: str = "sts.amazonaws.com"
    grants: tuple[SecretGrant, ...]
    key_arn: In[str] | None
    session_seconds: int = 3600
    permissions_boundary: str | None = None
    after: pulumi.Resource | None = None
    tags: Mapping[str, str] = {}

    @property
    def trust(self) -> str:
        """The trust document. Raises ConfigError above IAM's limit."""
        if self.method == "podIdentity":
            return iam.pod_identity_trust(
                self.scope,
                cluster=self.cluster,
                namespace=self.namespace,
                service_account=self.service_account,
            )
        subject = f"system:serviceaccount:{self.namespace}:{self.service_account}"
        return iam.irsa_trust(self.scope, issuer=self.issuer, subject=subject, audience=self.audience)


class WorkloadRole(pulumi.ComponentResource):
    """A role with two inline policies. `secrets` is known before anything exists; `kms` waits
    for the key's ARN, so it stands apart. `resource` is what a ServiceAccount waits for."""

    role_arn: pulumi.Output[str]
    role_name: pulumi.Output[str]
    resource: aws.iam.Role

    def __init__(self, name: str, args: WorkloadRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        self.resource = aws.iam.Role(
            f"{name}-role",
            name=args.role_name,
            description=f"Secrets of {args.namespace}/{args.service_account} in cluster {args.cluster}",
            assume_role_policy=args.trust,
            max_session_duration=args.session_seconds,
            permissions_boundary=args.permissions_boundary,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.after] if args.after else None),
        )
        self._policies(name, args)
        if args.method == "podIdentity":
            self._association(name, args)
        self.role_arn = self.resource.arn
        self.role_name = self.resource.name
        self.register_outputs({"role_arn": self.role_arn, "role_name": self.role_name})

    def _policies(self, name: str, args: WorkloadRoleArgs) -> None:
        documents: dict[str, In[str]] = {"secrets": iam.secrets_access(args.scope, args.grants)}
        if args.key_arn is not None:
            documents["kms"] = pulumi.Output.from_input(args.key_arn).apply(
                lambda arn: iam.kms_access(args.scope, args.grants, key_arn=arn)
            )
        for role, document in documents.items():
            aws.iam.RolePolicy(
                f"{name}-{role}",
                name=role,
                role=self.resource.name,
                policy=document,
                opts=pulumi.ResourceOptions(parent=self),
            )

    def _association(self, name: str, args: WorkloadRoleArgs) -> None:
        # Session tags stay on (the default): the trust document is bound to them.
        aws.eks.PodIdentityAssociation(
            f"{name}-association",
            cluster_name=args.cluster,
            namespace=args.namespace,
            service_account=args.service_account,
            role_arn=self.resource.arn,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
