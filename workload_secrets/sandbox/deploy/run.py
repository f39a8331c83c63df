"""What a stack's real program gets in a sandbox: where the parts are, and the deployer's credentials."""

from __future__ import annotations

from typing import Any

from workload_secrets.declaration import Declaration
from workload_secrets.declaration.identity import CertFacts, JwtFacts
from workload_secrets.sandbox.handle import Sandbox
from workload_secrets.sandbox.identities import Identities

ENDPOINTS = "workload-secrets:endpoints"
_PROFILE = "deployer"


def site_of(sandbox: Sandbox, stack: str, declaration: Declaration) -> dict[str, Any]:
    """What `call.Site.read` takes: where the sandbox's parts are that stand in for declared ones."""
    cluster = sandbox.clusters[sandbox.stacks[stack].cluster]
    facts = declaration.facts.vault
    return {
        "apiServer": cluster.api_server,
        "caFile": str(cluster.ca_file),
        "publicKeyFile": str(cluster.public_key_file),
        "reviewerTokenFile": str(cluster.reviewer_token_file),
        "reviewer": facts.reviewer if facts else None,
        **_outsiders(sandbox, declaration),
    }


def _outsiders(sandbox: Sandbox, declaration: Declaration) -> dict[str, dict[str, str] | list[str]]:
    """The files that stand in for issuers of jobs, and for authorities by their fingerprints. A
    CA that the stack itself makes needs no stand-in."""
    made, found = Identities(sandbox.folder), [p.identity for p in declaration.principals.values()]
    issuers = {i.issuer for i in found if isinstance(i, JwtFacts)}
    authorities = {i.authority for i in found if isinstance(i, CertFacts) and not i.pki_mount}
    mounts = {i.pki_mount for i in found if isinstance(i, CertFacts) and i.pki_mount}
    return {
        "issuerKeyFiles": {issuer: str(made.issuer(issuer).public_key_file) for issuer in sorted(issuers)},
        "authorityFiles": {name: str(made.authority(name).file) for name in sorted(authorities)},
        "pkiMounts": sorted(mounts),
    }


def environment(sandbox: Sandbox, stack: str) -> dict[str, str]:
    """The deployer's credentials and nothing else; no settings of this machine's AWS."""
    access = sandbox.stacks[stack]
    environment: dict[str, str] = {}
    if access.vault_token_file is not None:
        environment["VAULT_TOKEN"] = access.vault_token_file.read_text().strip()
    if access.aws_credentials_file is not None:
        environment.update(
            AWS_SHARED_CREDENTIALS_FILE=str(access.aws_credentials_file),
            AWS_PROFILE=_PROFILE,
            AWS_CONFIG_FILE="/dev/null",
            AWS_EC2_METADATA_DISABLED="true",
        )
    return environment
