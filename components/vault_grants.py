"""What a principal is granted in Vault, as the policy's builder takes it."""

from __future__ import annotations

from collections.abc import Iterator

from components.config.engines.database import DatabaseSecret
from components.config.resolve import Principal
from components.config.secrets import PkiSecret, Secret, TransitSecret, VaultSecret
from components.config.stack import StackConfig
from components.documents.vault_policy import VaultGrant


def grants(config: StackConfig, principal: Principal, name: str) -> Iterator[VaultGrant]:
    """Every right of a principal on one secret in Vault. A writer's covers reading."""
    secret = config.secrets[name]
    mount, path = place(config, secret)
    if name in principal.writes:
        yield VaultGrant(mount=mount, path=path, verb="write")
        return
    static = isinstance(secret, DatabaseSecret) and secret.username is not None
    for use in principal.uses:
        if use.secret == name and secret.backend != "aws":
            yield VaultGrant(
                mount=mount,
                path=path,
                kind=secret.backend,
                verb=use.verb,
                static=static,
                versions=use.versions,
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
