"""What each job of a stack's deployment may do, and what whoever sets the jobs up needs.

`deploy` has exactly the rights of the deployer and `prove` those of the prover; `preview` looks at
all that either deployer makes, and so does `drift`. The two have the same rights and different
environments: previews run code that is not merged and wait for a reviewer, the nightly
comparison runs the main branch and waits for nobody. No job may change a job's own roles,
policies, provider or mount: it could then give itself any right. An administrator does.
"""

from __future__ import annotations

import json
from typing import Any

from components import ci
from components.config.ci import JobKind
from components.config.errors import ConfigError
from components.config.stack import StackConfig
from components.documents import deployer
from components.documents.arn import AwsScope
from components.documents.deployer_iam import DeployerIam, deployer_iam
from components.documents.iam import INLINE_LIMIT
from components.documents.identities import deployer_paths as identity_paths
from components.documents.read_only import Paths, read_only_iam, read_only_paths
from components.documents.text import policy_text
from components.documents.vault_policy import policy_hcl


def job_iam(config: StackConfig, kind: JobKind) -> str | None:
    """The IAM policy of a job; None where it needs nothing. Raises ConfigError over IAM's limit."""
    looking = _read_only(_administrator_iam(config))
    policies: dict[JobKind, str | None] = {
        "preview": looking,
        "drift": looking,
        "deploy": deployer.deployer(config)["iam"],
        "prove": deployer.prover(config)["iam"],
    }
    text = policies[kind]
    if text is not None and len(text) > INLINE_LIMIT:
        raise ConfigError(
            f"ci: got an IAM policy of {len(text)} characters for the job {kind}; allowed: {INLINE_LIMIT}, "
            "IAM's limit; remedy: shorten names, or split the stack"
        )
    return text


def job_vault(config: StackConfig, kind: JobKind) -> str | None:
    """The Vault policy of a job as HCL, inside the stack's namespace; None where it logs in for
    nothing."""
    paths: dict[JobKind, Paths] = {
        "preview": read_only_paths(_administrator_paths(config)),
        "drift": read_only_paths(_administrator_paths(config)),
        "deploy": deployer.vault_paths(config),
        "prove": {},
    }
    return policy_hcl(paths[kind]) if paths[kind] else None


def administrator(config: StackConfig) -> dict[str, Any]:
    """`iam` (JSON text) and `vault` (HCL), None where unused: the rights of the deployer, and those
    on the jobs' own roles, policies, provider and mount."""
    if config.ci is None:
        return {}
    facts = config.facts.vault
    inside = f"{facts.namespace.strip('/')}/" if facts and facts.namespace else ""
    paths = {f"{inside}{path}": rights for path, rights in _administrator_paths(config).items()}
    return {"iam": _administrator_iam(config), "vault": policy_hcl(paths) if paths else None}


def _administrator_iam(config: StackConfig) -> str | None:
    own, jobs = deployer.deployer(config)["iam"], _of_jobs(config)
    statements = [*_statements(own), *({**s, "Sid": f"{s['Sid']}OfJobs"} for s in _statements(jobs))]
    return policy_text(statements) if statements else None


def _administrator_paths(config: StackConfig) -> Paths:
    path = ci.mount(config, "create")
    made = ((path, "jwt"),) if path else ()
    roles = ci.vault_roles(config)
    policies: Paths = {
        f"sys/policies/acl/{role.name}": ("create", "delete", "read", "update") for role in roles
    }
    return {**deployer.vault_paths(config), **identity_paths(roles, made), **policies}


def _of_jobs(config: StackConfig) -> str | None:
    """What it takes in AWS to make the jobs' own roles and the issuer's provider."""
    facts, jobs = config.facts.aws, [job for job in ci.jobs(config) if job.in_aws]
    if facts is None or not jobs:
        return None
    return deployer_iam(
        DeployerIam(
            scope=AwsScope(account_id=facts.account_id, region=facts.region),
            stack_tag=deployer.stack_tag(config),
            cluster=config.facts.cluster.name,
            secret_names=(),
            role_names=tuple(job.role for job in jobs),
            created_issuer=ci.provider_issuer(config, "create"),
        )
    )


def _statements(policy: str | None) -> list[dict[str, Any]]:
    return json.loads(policy)["Statement"] if policy else []


def _read_only(policy: str | None) -> str | None:
    return read_only_iam(policy) if policy else None
