"""What a principal is granted in Vault, as the policy's builder takes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from components.config.engines.database import DatabaseSecret
from components.config.resolve import Principal
from components.config.secrets import PkiSecret, Secret, TransitSecret, VaultSecret
from components.config.stack import StackConfig
from components.documents.vault_policy import Kind, VaultGrant, Verb


def grants(config: StackConfig, principal: Principal, name: str) -> Iterator[VaultGrant]:
    """Every right of a principal on one secret in Vault. A writer's covers reading."""
    secret = config.secrets[name]
    if name in principal.writes:
        yield grant(config, secret, "write")
        return
    for use in principal.uses:
        if use.secret == name:
            yield grant(config, secret, use.verb, versions=use.versions)


def grant(config: StackConfig, secret: Secret, verb: Verb, *, versions: bool = False) -> VaultGrant:
    """One right on a secret in Vault. Raises ValueError for a secret in AWS."""
    mount, path = place(config, secret)
    return VaultGrant(
        mount=mount,
        path=path,
        kind=cast("Kind", secret.backend),  # `place` has refused aws
        verb=verb,
        static=isinstance(secret, DatabaseSecret) and secret.username is not None,
        versions=versions,
    )


def place(config: StackConfig, secret: Secret) -> tuple[str, str]:
    """The mount of a secret in Vault, and its path, role or key there. Raises ValueError for
    a secret in AWS."""
    shared = config.shared
    match secret:
        case VaultSecret():
            return shared.kv_mounts[secret.mount].mount, secret.path
        case DatabaseSecret():
            return shared.databases[secret.connection].mount, secret.role
        case PkiSecret():
            return shared.pki_mounts[secret.mount].mount, secret.role
        case TransitSecret():
            return shared.transit_mounts[secret.mount].mount, secret.key
        case _:
            raise ValueError("a secret in AWS has no place in Vault")
