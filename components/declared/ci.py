"""The jobs that deploy a stack, as the declaration carries them."""

from __future__ import annotations

from collections.abc import Iterator

from components import ci
from components.ci import Job
from components.config.ci import Ci
from components.config.stack import StackConfig
from components.declared import secrets as declared_secrets
from workload_secrets.declaration import AwsIdentity, Prerequisite, Principal, VaultIdentity
from workload_secrets.declaration.identity import JwtFacts


def principals(config: StackConfig) -> dict[str, Principal]:
    """By name, beside workloads and writers. They have no grants: `job` says whose rights they
    have."""
    own = config.ci
    return {job.name: _principal(config, own, job) for job in ci.jobs(config)} if own else {}


def prerequisites(config: StackConfig) -> Iterator[Prerequisite]:
    """IAM's provider and the auth mount, where others make them."""
    if config.ci is None:
        return
    issuer, path = ci.provider_issuer(config, "existing"), ci.mount(config, "existing")
    if issuer:
        yield Prerequisite(kind="oidcProvider", url=issuer, audience=config.ci.aws.audience)
    if path:
        yield Prerequisite(kind="authMount", name=path, type="jwt", url=config.ci.github.issuer)


def _principal(config: StackConfig, own: Ci, job: Job) -> Principal:
    audience, arn = ci.vault_audience(config, own.vault), ci.role_arn(config, job)
    return Principal(
        kind="job",
        job=job.kind,
        identity=JwtFacts(
            method="jwt",
            issuer=own.github.issuer,
            subject=job.subject,
            audience=audience if job.in_vault else own.aws.audience,
        ),
        aws=AwsIdentity(method="webIdentity", audience=own.aws.audience, role_arn=arn) if arn else None,
        vault=VaultIdentity(
            auth_mount=own.vault.auth_mount,
            role=job.role,
            audience=audience,
            vault_namespace=declared_secrets.vault_namespace(config),
        )
        if job.in_vault
        else None,
    )
