"""The platform's part for the jobs that deploy it from GitHub: who they are in AWS and in Vault."""

from __future__ import annotations

from typing import Any

import pulumi

from components import ci, providers
from components.aws import job_role as aws_job
from components.aws.oidc_provider import OidcProvider, OidcProviderArgs
from components.config.ci import Ci
from components.config.facts import AwsFacts
from components.config.stack import StackConfig
from components.documents.arn import AwsScope
from components.documents.ci_jobs import job_iam, job_vault
from components.documents.deployer import stack_tag
from components.documents.deployer_iam import STACK_TAG
from components.inputs import Args, gathered, known
from components.platform.context import VaultContext
from components.vault import job_role as vault_job
from components.vault.identity_mount import IdentityMount, IdentityMountArgs

TOKEN = "workload-secrets:ci:CiIdentity"  # noqa: S105 a type token


class CiIdentityArgs(Args):
    """`ci` is the part of `config` that this is about. `aws` and `vault` are how to make things
    there; None where the jobs don't log in there."""

    config: StackConfig
    ci: Ci
    aws: pulumi.ResourceOptions | None
    vault: VaultContext | None


class CiIdentity(pulumi.ComponentResource):
    """A role in AWS and a role in Vault for each kind of job, each for one exact subject; where the
    stack makes them, IAM's provider and Vault's auth mount of the issuer.

    `role_arns` and `vault_roles` are by kind of job. `variables` is what a workflow's environments
    are set up with.
    """

    role_arns: pulumi.Output[dict[str, str]]
    vault_roles: pulumi.Output[dict[str, str]]
    variables: pulumi.Output[dict[str, Any]]

    def __init__(self, name: str, args: CiIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        facts = args.config.facts.aws
        self.role_arns = gathered(self._aws(args, facts, args.aws) if facts and args.aws else {})
        self.vault_roles = gathered(self._vault(args, args.vault) if args.vault else {})
        self.variables = known(ci.variables(args.config))
        self.register_outputs(
            {"role_arns": self.role_arns, "vault_roles": self.vault_roles, "variables": self.variables}
        )

    def _aws(
        self, args: CiIdentityArgs, facts: AwsFacts, opts: pulumi.ResourceOptions
    ) -> dict[str, pulumi.Output[str]]:
        config, settings, issuer = args.config, args.ci.aws, args.ci.github.issuer
        opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(parent=self))
        scope = AwsScope(account_id=facts.account_id, region=facts.region)
        provider = OidcProvider(
            "github",
            OidcProviderArgs(
                scope=scope, issuer=issuer, audiences=(settings.audience,), manage=settings.manage
            ),
            opts,
        )
        made: dict[str, pulumi.Output[str]] = {}
        for job in ci.jobs(config):
            if not job.in_aws:
                continue
            role = aws_job.JobRoleArgs(
                scope=scope,
                role_name=job.role,
                description=f"Job {job.kind} of {args.ci.github.repository} for stack {stack_tag(config)}",
                issuer=issuer,
                subject=job.subject,
                audience=settings.audience,
                policy=job_iam(config, job.kind),
                session_seconds=settings.session_seconds,
                after=provider.resource,
                tags={STACK_TAG: stack_tag(config)},
            )
            made[job.kind] = aws_job.JobRole(f"ci-{job.kind}", role, opts).role_arn
        return made

    def _vault(self, args: CiIdentityArgs, context: VaultContext) -> dict[str, pulumi.Output[str]]:
        config, settings = args.config, args.ci.vault
        opts = pulumi.ResourceOptions.merge(context.opts, pulumi.ResourceOptions(parent=self))
        mount = IdentityMount(
            settings.auth_mount,
            IdentityMountArgs(
                path=settings.auth_mount,
                method="jwt",
                issuer=args.ci.github.issuer,
                manage=settings.manage,
                after=context.namespace,
            ),
            opts,
        )
        made: dict[str, pulumi.Output[str]] = {}
        for job in ci.jobs(config):
            policy = job_vault(config, job.kind)
            if not job.in_vault or policy is None:
                continue
            role = vault_job.JobRoleArgs(
                auth_mount=settings.auth_mount,
                role_name=job.role,
                policy_name=job.role,
                token_ttl_seconds=settings.token_ttl_seconds,
                token_max_ttl_seconds=settings.token_ttl_seconds,
                namespace_resource=context.namespace,
                auth_backend=mount.resource,
                subject=job.subject,
                audience=ci.vault_audience(config, settings),
                policy=policy,
            )
            made[job.kind] = vault_job.JobRole(f"ci-{job.kind}", role, opts).role_name
        return made


def declare(
    config: StackConfig,
    parent: pulumi.Resource,
    *,
    aws: pulumi.ResourceOptions | None,
    vault: VaultContext | None,
) -> pulumi.Output[dict[str, Any]]:
    """Makes the jobs' identities where the stack has any; gives what workflows are set up with.

    `aws` and `vault` are those of the stack's other parts, None where it has none.
    """
    if config.ci is None:
        return known({})
    facts = config.facts.aws
    if facts and aws is None and ci.uses_aws(config):
        provider = providers.aws_provider(config, facts, parent)
        aws = pulumi.ResourceOptions(parent=parent, providers=[provider])
    args = CiIdentityArgs(config=config, ci=config.ci, aws=aws, vault=vault)
    return CiIdentity("ci", args, pulumi.ResourceOptions(parent=parent)).variables
