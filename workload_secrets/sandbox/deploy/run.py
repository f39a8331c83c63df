"""A stack's real program against the sandbox's real servers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workload_secrets.declaration import Declaration
from workload_secrets.declaration.identity import CertFacts, JwtFacts
from workload_secrets.graph import config, process, wire
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph
from workload_secrets.sandbox import databases
from workload_secrets.sandbox.deploy.admin import maker
from workload_secrets.sandbox.deploy.requests import answering
from workload_secrets.sandbox.endpoints import endpoints
from workload_secrets.sandbox.handle import Sandbox
from workload_secrets.sandbox.identities import Identities
from workload_secrets.sandbox.substitutes import of_declaration

ENDPOINTS = "workload-secrets:endpoints"
_PROFILE = "deployer"


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What a deploy made. The three lists never count as proven.

    `not_enforced`: what the servers keep or drop but don't act on. `declared_only`: what
    can't be made real here. `substitutions`: what stands in for what was declared.
    """

    graph: Graph
    created: int
    updated: int
    same: int
    not_enforced: tuple[str, ...]
    declared_only: tuple[str, ...]
    substitutions: tuple[str, ...]


def deploy(
    sandbox: Sandbox,
    project: Path,
    stack: str,
    progress: Callable[[str], None],
    *,
    declaration: Declaration | None = None,
) -> Deployment:
    """Runs the program in a child process with the deployer's rights; makes what it declares.

    It is a rehearsal: it has no state, changes what differs, removes nothing. `declaration`
    is the stack's, captured first where it isn't given. Raises ServerError naming the first
    resource that can't be made, its source line and the server's answer; InputError for
    bad configuration.
    """
    root = project.resolve()
    file, name = config.locate(root, stack)
    if declaration is None:
        declaration = Declaration.read(capture(root, stack).platform_output("declaration"))
    with answering(maker(sandbox, name)) as channel:
        request = {
            "project": str(root),
            "stack": str(file.resolve()),
            "overrides": {ENDPOINTS: endpoints(sandbox, name, declaration)},
            "site": site_of(sandbox, name, declaration),
            "channel": channel,
        }
        answer = process.call(
            "workload_secrets.sandbox.deploy.child",
            request,
            cwd=root,
            env={**environment(sandbox, name), **databases.environment(sandbox, name, declaration)},
            progress=progress,
        )
    return _deployment(answer, declaration)


def _deployment(answer: dict[str, Any], declaration: Declaration) -> Deployment:
    lists = answer["lists"]
    substitutions = set(lists["substitutions"])
    substitutions.update(of_declaration(declaration))
    return Deployment(
        graph=wire.decode(answer["graph"]),
        created=answer["created"],
        updated=answer["updated"],
        same=answer["same"],
        not_enforced=tuple(lists["notEnforced"]),
        declared_only=tuple(lists["declaredOnly"]),
        substitutions=tuple(sorted(substitutions)),
    )


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
