"""What the jobs that deploy a stack may do in Vault: administer what the stack makes, and no job.

A declared job has no verbs of its own. It is held to the paths by which the stack's own
resources are made and read; a job that deploys never to those of a job.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from policies.guardrails.declaration import word
from policies.guardrails.each import gather
from policies.guardrails.resource import NotEvaluable, Resource
from policies.guardrails.rule import Context
from policies.guardrails.stack import Stack
from policies.guardrails.vault.attachments import principal_of
from policies.guardrails.vault.declared import Grant, Principal, Vault
from policies.guardrails.vault.types import (
    APPROLE,
    AUDIT,
    CERT_ROLE,
    CONNECTION,
    DATABASE_ROLE,
    JWT_MOUNT,
    KUBERNETES_CONFIG,
    MOUNT,
    POLICY,
    ROLES,
    STATIC_ROLE,
    TOKEN_ROLE,
    mount_of,
    policy_name,
    policy_names,
    role_name,
    space,
)
from workload_secrets.decide.vault_hcl import Rule

_READ: Final = frozenset({"read"})
_MAKE: Final = frozenset({"create", "delete", "read", "update"})
_LISTS: Final = frozenset({"sys/audit", "sys/auth", "sys/mounts"})
_FOLDERS: Final[Mapping[str, str]] = {CERT_ROLE: "certs", TOKEN_ROLE: "roles"}
_PKI: Final = (
    "config/auto-tidy",
    "config/crl",
    "config/urls",
    "intermediate/set-signed",
    "issuers/generate/intermediate/internal",
    "issuers/generate/root/internal",
    "root/sign-intermediate",
)
_PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    AUDIT: ("sys/audit/{path}",),
    JWT_MOUNT: (
        "sys/auth/{path}",
        "sys/auth/{path}/tune",
        "sys/mounts/auth/{path}",
        "sys/mounts/auth/{path}/tune",
        "auth/{path}/config",
    ),
    "vault:index/authBackend:AuthBackend": (
        "sys/auth/{path}",
        "sys/auth/{path}/tune",
        "sys/mounts/auth/{path}",
        "sys/mounts/auth/{path}/tune",
    ),
    KUBERNETES_CONFIG: ("auth/{backend}/config",),
    MOUNT: ("sys/mounts/{path}", "sys/mounts/{path}/tune"),
    "vault:kv/secretBackendV2:SecretBackendV2": ("{mount}/config",),
    "vault:transit/secretBackendKey:SecretBackendKey": (
        "{backend}/keys/{name}",
        "{backend}/keys/{name}/config",
    ),
    "vault:pkiSecret/secretBackendRole:SecretBackendRole": ("{backend}/roles/{name}",),
    **{
        f"vault:pkiSecret/{name[0].lower()}{name[1:]}:{name}": tuple(f"{{backend}}/{place}" for place in _PKI)
        for name in (
            "BackendConfigAutoTidy",
            "SecretBackendConfigUrls",
            "SecretBackendCrlConfig",
            "SecretBackendIntermediateCertRequest",
            "SecretBackendIntermediateSetSigned",
            "SecretBackendRootCert",
            "SecretBackendRootSignIntermediate",
        )
    },
    CONNECTION: ("{backend}/config/{name}", "{backend}/rotate-root/{name}"),
    DATABASE_ROLE: ("{backend}/roles/{name}",),
    STATIC_ROLE: ("{backend}/static-roles/{name}",),
}
"""By type, the API paths by which it is made and read; words in braces are its inputs."""


@dataclass(frozen=True, kw_only=True)
class Administered:
    """Paths by Vault namespace; `of_jobs` are those of the jobs' own roles, policies and mounts.
    `doubt` is what of them isn't known."""

    every: frozenset[tuple[str, str]]
    of_jobs: frozenset[tuple[str, str]]
    doubt: NotEvaluable | None


NOTHING: Final = Administered(every=frozenset(), of_jobs=frozenset(), doubt=None)


def job_of(principal: Principal | None, context: Context) -> str:
    """The kind of a declared job; empty for everybody else."""
    return word(context.declared, "principals", principal.name, "job") if principal else ""


def granted_to(job: str, vault: Vault) -> frozenset[Grant]:
    """The verbs that come with deploying: engines keep their roles and keys where they are used."""
    if job != "deploy":
        return frozenset()
    return frozenset((name, "write") for name, s in vault.secrets.items() if word(s, "backend") != "vault")


def administered(stack: Stack, context: Context, vault: Vault) -> Administered:
    """What the stack makes, and what of it jobs log in by."""
    jobs: set[str] = set()
    mounts: set[tuple[str, str]] = set()

    def own(role: Resource) -> Iterator[tuple[str, str]]:
        where = space(role, context)
        path = f"auth/{mount_of(role)}/{_FOLDERS.get(role.type, 'role')}/{role_name(role)}"
        made = [path, *([f"{path}/role-id"] if role.type == APPROLE else [])]
        if job_of(principal_of(role, vault, context), context):
            mounts.add((where, mount_of(role)))
            policies = policy_names(role, "tokenPolicies")
            jobs.update(f"{where}|{place}" for place in (*made, *(_policy(name) for name in policies)))
        yield from ((where, place) for place in made)

    roles, unknown = gather(stack.of(*ROLES), own)
    rest, unseen = gather(stack.of(POLICY, *_PLACES), lambda resource: _places(resource, context))
    every = frozenset((*roles, *rest))
    of_jobs = frozenset(
        (where, path)
        for where, path in every
        if f"{where}|{path}" in jobs or any(where == w and _is_of(path, mount) for w, mount in mounts)
    )
    return Administered(every=every, of_jobs=of_jobs, doubt=unknown or unseen)


def beyond(rule: Rule, where: str, job: str, found: Administered) -> Iterator[str]:
    """What one path of a job's policy grants that deploying, or looking, doesn't need."""
    held = rule.capabilities - {"deny"}
    if not held:
        return
    guarded = rule.path.startswith(("sys/auth/", "sys/audit")) and (job == "deploy" or rule.path in _LISTS)
    if "sudo" in held and not guarded:
        yield f'path "{rule.path}" grants sudo'
    listed = rule.path in _LISTS
    known = listed or (where, rule.path) in found.every
    if not known and found.doubt is None:
        yield f'path "{rule.path}" is of nothing that the stack makes'
    elif job == "deploy" and (where, rule.path) in found.of_jobs:
        yield f'path "{rule.path}" is what a job logs in by, so its holder gives itself any right'
    more = sorted(held - {"sudo"} - (_MAKE if job == "deploy" and not listed else _READ))
    if more:
        yield f'path "{rule.path}" grants {", ".join(more)}, which a job that {_DOES[job]} doesn\'t need'


_DOES: Final = {"deploy": "deploys", "drift": "looks", "preview": "looks", "prove": "proves"}


def _places(resource: Resource, context: Context) -> Iterator[tuple[str, str]]:
    where = space(resource, context)
    if resource.type == POLICY:
        yield where, _policy(policy_name(resource))
        return
    words = {key: (resource.text(key) or "").strip("/") for key in ("backend", "mount", "name", "path")}
    yield from ((where, place.format(**words)) for place in _PLACES[resource.type])


def _policy(name: str) -> str:
    return f"sys/policies/acl/{name}"


def _is_of(path: str, mount: str) -> bool:
    """Whether a path is the auth mount's own, or one of its roles."""
    own = (f"sys/auth/{mount}", f"sys/mounts/auth/{mount}")
    return path in own or path in tuple(f"{place}/tune" for place in own) or path.startswith(f"auth/{mount}/")
