"""The IAM role of one job that deploys: who may take it, and what it may do."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.documents import iam
from components.documents.arn import AwsScope
from components.inputs import Args

TOKEN = "workload-secrets:aws:JobRole"  # noqa: S105 a type token


class JobRoleArgs(Args):
    """`subject` and `audience` are exact: the `sub` and `aud` claims of the job's token.

    `policy` is JSON text; None: the role gives nothing, and only says who calls. `after`: the
    OIDC provider, where this stack makes it.
    """

    scope: AwsScope
    role_name: str
    description: str
    issuer: str
    subject: str
    audience: str
    policy: str | None
    session_seconds: int = 3600
    after: pulumi.Resource | None = None
    tags: Mapping[str, str] = {}

    @property
    def trust(self) -> str:
        """The trust document. Raises ConfigError above IAM's limit."""
        return iam.web_identity_trust(
            self.scope, issuer=self.issuer, subject=self.subject, audience=self.audience
        )


class JobRole(pulumi.ComponentResource):
    """A role with at most one inline policy, `job`."""

    role_arn: pulumi.Output[str]
    role_name: pulumi.Output[str]

    def __init__(self, name: str, args: JobRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        role = aws.iam.Role(
            f"{name}-role",
            name=args.role_name,
            description=args.description,
            assume_role_policy=args.trust,
            max_session_duration=args.session_seconds,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.after] if args.after else None),
        )
        if args.policy is not None:
            aws.iam.RolePolicy(
                f"{name}-job",
                name="job",
                role=role.name,
                policy=args.policy,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.role_arn = role.arn
        self.role_name = role.name
        self.register_outputs({"role_arn": self.role_arn, "role_name": self.role_name})
