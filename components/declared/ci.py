"""The jobs that deploy a stack, as the declaration carries them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from components import ci
from components.ci import Job
from components.config.ci import Ci
from components.config.stack import StackConfig
from components.declared import secrets as declared_secrets


def principals(config: StackConfig) -> dict[str, Any]:
    """By name, beside workloads and writers. They have no grants: `job` says whose rights they
    have."""
    own = config.ci
    return {job.name: _principal(config, own, job) for job in ci.jobs(config)} if own else {}


def prerequisites(config: StackConfig) -> Iterator[dict[str, str]]:
    """IAM's provider and the auth mount, where others make them."""
    if config.ci is None:
        return
    issuer, path = ci.provider_issuer(config, "existing"), ci.mount(config, "existing")
    if issuer:
        yield {"kind": "oidcProvider", "url": issuer, "audience": config.ci.aws.audience}
    if path:
        yield {"kind": "authMount", "name": path, "type": "jwt", "url": config.ci.github.issuer}


def _principal(config: StackConfig, own: Ci, job: Job) -> dict[str, Any]:
    vault = ci.vault_audience(config, own.vault)
    made: dict[str, Any] = {
        "kind": "job",
        "job": job.kind,
        "namespace": "",
        "serviceAccount": "",
        "identity": {
            "method": "jwt",
            "issuer": own.github.issuer,
            "subject": job.subject,
            "audience": vault if job.in_vault else own.aws.audience,
        },
        "grants": [],
    }
    if arn := ci.role_arn(config, job):
        made["aws"] = {"method": "webIdentity", "audience": own.aws.audience, "roleArn": arn}
    if job.in_vault:
        made["vault"] = {
            "authMount": own.vault.auth_mount,
            "role": job.role,
            "audience": vault,
            **declared_secrets.namespace(config, "vaultNamespace"),
        }
    return made
