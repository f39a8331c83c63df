"""Identities that are no pods, worked out of a stack: their auth mounts and roles in Vault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from components.config import resolve
from components.config.identity import MountedIdentity, OutsideIdentity, TokenIdentity
from components.config.resolve import Principal
from components.config.stack import StackConfig
from components.documents.identities import IdentityRole


def users(config: StackConfig) -> Iterator[tuple[Principal, OutsideIdentity]]:
    """Every principal that is no pod and logs in to Vault."""
    for principal in resolve.principals(config).values():
        if principal.outside and resolve.uses_vault(config, principal):
            yield principal, principal.outside


def mounts(config: StackConfig) -> Mapping[str, MountedIdentity]:
    """By path of an auth mount, one of its identities: all of a mount agree in what it has. That
    of tokens isn't among them: every server has it."""
    found: dict[str, MountedIdentity] = {}
    for _, identity in users(config):
        if isinstance(identity, TokenIdentity):
            continue
        found.setdefault(identity.auth_mount, identity)
    return found


def manage(config: StackConfig, path: str) -> str:
    """Whether the stack makes the mount at this path."""
    declared = config.shared.identity_mounts.get(path)
    return declared.manage if declared else "create"


def created_mounts(config: StackConfig) -> tuple[tuple[str, str], ...]:
    """Path and method of each mount that the stack makes."""
    return tuple(
        (path, identity.method)
        for path, identity in mounts(config).items()
        if manage(config, path) == "create"
    )


def roles(config: StackConfig) -> tuple[IdentityRole, ...]:
    """The roles of all identities that are no pods."""
    return tuple(
        IdentityRole(mount=identity.auth_mount, method=identity.method, name=principal.vault_role)
        for principal, identity in users(config)
    )


def auth_mount(principal: Principal, cluster_mount: str) -> str:
    """Where a principal logs in; pods at `cluster_mount`."""
    return principal.outside.auth_mount if principal.outside else cluster_mount
