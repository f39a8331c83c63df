"""The jobs by which GitHub deploys a stack, worked out of its file: names, subjects, places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from components import identities, naming
from components.config import resolve
from components.config.base import Manage
from components.config.ci import JOB_KINDS, Ci, CiVault, Github, JobKind
from components.config.stack import StackConfig
from components.documents.arn import AwsScope
from components.documents.identities import IdentityRole

PREFIX: Final = "ci:"
"""Begins what principals of this kind are called: no workload's name has a colon."""
_SUFFIXES: Final[dict[JobKind, str]] = {
    "preview": "-preview",
    "drift": "-drift",
    "deploy": "",
    "prove": "-prove",
}


@dataclass(frozen=True, kw_only=True)
class Job:
    """One kind of job. `environment` is GitHub's, `subject` the `sub` claim of its tokens. `role`
    names its IAM role, its Vault role and its Vault policy; `in_aws` and `in_vault` say which of
    them there are."""

    kind: JobKind
    environment: str
    subject: str
    role: str
    in_aws: bool
    in_vault: bool

    @property
    def name(self) -> str:
        """What it is called beside workloads and writers."""
        return f"{PREFIX}{self.kind}"


def jobs(config: StackConfig) -> tuple[Job, ...]:
    """Every kind of job; none where the stack has no `ci`. Raises ConfigError over a limit."""
    if config.ci is None:
        return ()
    return tuple(_job(config, config.ci, kind) for kind in JOB_KINDS)


def environment(config: StackConfig, github: Github, kind: JobKind) -> str:
    """The name of the GitHub environment that a kind of job runs in."""
    return github.environments.of(kind) or f"{config.environment}{_SUFFIXES[kind]}"


def subject(github: Github, environment: str) -> str:
    """The `sub` claim of a job that runs in an environment."""
    owner, _, name = github.repository.partition("/")
    if github.owner_id is not None and github.repository_id is not None:
        owner, name = f"{owner}@{github.owner_id}", f"{name}@{github.repository_id}"
    return f"repo:{owner}/{name}:environment:{environment}"


def uses_aws(config: StackConfig) -> bool:
    """Whether jobs log in to AWS: for what the stack has there, or to reach a cluster of EKS."""
    eks = config.facts.cluster.flavour == "eks"
    return config.facts.aws is not None and (eks or bool(resolve.aws_secrets(config)))


def uses_vault(config: StackConfig) -> bool:
    """Whether jobs log in to Vault: where the stack has something there."""
    return config.facts.vault is not None and bool(resolve.vault_secrets(config))


def vault_audience(config: StackConfig, vault: CiVault) -> str:
    """The audience of the token that a job shows to Vault: that of no other environment."""
    return vault.audience or f"vault-{config.environment}"


def role_arn(config: StackConfig, job: Job) -> str | None:
    """The ARN of a job's IAM role; None where it has none."""
    facts = config.facts.aws
    if facts is None or not job.in_aws:
        return None
    return AwsScope(account_id=facts.account_id, region=facts.region).role(job.role)


def provider_issuer(config: StackConfig, manage: Manage) -> str | None:
    """The issuer of IAM's provider where the stack makes it (`create`), or where it is there
    already (`existing`)."""
    if config.ci is None or not uses_aws(config) or config.ci.aws.manage != manage:
        return None
    return config.ci.github.issuer


def mount(config: StackConfig, manage: Manage) -> str | None:
    """The auth mount where the stack makes it, or where it is there already."""
    if config.ci is None or not uses_vault(config) or config.ci.vault.manage != manage:
        return None
    return config.ci.vault.auth_mount


def vault_roles(config: StackConfig) -> tuple[IdentityRole, ...]:
    """The roles in Vault of all jobs that log in there."""
    if config.ci is None:
        return ()
    path = config.ci.vault.auth_mount
    return tuple(
        IdentityRole(mount=path, method="jwt", name=job.role) for job in jobs(config) if job.in_vault
    )


def taken_mounts(config: StackConfig) -> tuple[str, ...]:
    """The auth mounts that others log in at."""
    vault = config.facts.vault
    return (*((vault.auth_mount,) if vault else ()), *identities.mounts(config))


def variables(config: StackConfig) -> dict[str, Any]:
    """What GitHub's environments are set up with, by kind of job: name, subject and variables."""
    return {
        job.kind: {
            "environment": job.environment,
            "subject": job.subject,
            "variables": {**_in_aws(config, job), **_in_vault(config, job)},
        }
        for job in jobs(config)
    }


def _in_aws(config: StackConfig, job: Job) -> dict[str, str]:
    facts, arn = config.facts.aws, role_arn(config, job)
    return {"AWS_REGION": facts.region, "AWS_ROLE_ARN": arn} if facts and arn else {}


def _in_vault(config: StackConfig, job: Job) -> dict[str, str]:
    facts, endpoint = config.facts.vault, config.endpoints.vault
    if not (job.in_vault and config.ci and facts and endpoint):
        return {}
    return {
        "VAULT_ADDR": endpoint.address,
        "VAULT_AUDIENCE": vault_audience(config, config.ci.vault),
        "VAULT_AUTH_MOUNT": config.ci.vault.auth_mount,
        "VAULT_ROLE": job.role,
        **({"VAULT_CACERT": endpoint.ca_file} if endpoint.ca_file else {}),
        **({"VAULT_NAMESPACE": facts.namespace} if facts.namespace else {}),
    }


def _job(config: StackConfig, ci: Ci, kind: JobKind) -> Job:
    name = environment(config, ci.github, kind)
    # The prover needs nothing in Vault: its logins need no token.
    return Job(
        kind=kind,
        environment=name,
        subject=subject(ci.github, name),
        role=naming.ci_role_name(config.facts.cluster.name, kind),
        in_aws=uses_aws(config),
        in_vault=uses_vault(config) and kind != "prove",
    )
