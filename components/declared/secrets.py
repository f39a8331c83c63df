"""Secrets as they travel in the declaration: which kind, and where. Never values."""

from __future__ import annotations

from typing import Any

from components.config import resolve
from components.config.engines.database import DatabaseSecret, TableGrant
from components.config.engines.pki import PkiSecret
from components.config.engines.transit import TransitSecret
from components.config.resolve import ResolvedKey
from components.config.secrets import AwsSecret, Secret, VaultSecret
from components.config.stack import StackConfig
from components.vault_grants import place
from workload_secrets.declaration import secret as model


def secret(config: StackConfig, declared: Secret) -> model.Secret:
    """What the declaration says of one secret."""
    if isinstance(declared, AwsSecret):
        return _aws(config, declared)
    mount, path = place(config, declared)
    where: dict[str, Any] = {
        "backend": declared.backend,
        "mount": mount,
        "path": path,
        "vault_namespace": vault_namespace(config),
    }
    match declared:
        case VaultSecret():
            return model.Secret(**where, encoding="flat", keys=_keys(declared))
        case DatabaseSecret():
            return model.Secret(**where, database=_database(config, declared))
        case PkiSecret():
            return model.Secret(**where, pki=_pki(config, declared))
        case TransitSecret():
            return model.Secret(**where, transit=_transit(declared))


def vault_namespace(config: StackConfig) -> str | None:
    """The Vault namespace; None where the stack has none."""
    return (config.facts.vault.namespace or None) if config.facts.vault else None


def _aws(config: StackConfig, declared: AwsSecret) -> model.Secret:
    aws, rotation = config.facts.aws, declared.rotation
    return model.Secret(
        backend="aws",
        encoding="nested",
        keys=_keys(declared),
        name=declared.name,
        region=aws.region if aws else None,
        account_id=aws.account_id if aws else None,
        rotation=model.Rotation(function_arn=rotation.function_arn, role_arn=rotation.function_role_arn)
        if rotation
        else None,
    )


def _keys(declared: AwsSecret | VaultSecret) -> tuple[model.Key, ...]:
    return tuple(_key(key) for key in resolve.resolved_keys(declared))


def _key(key: ResolvedKey) -> model.Key:
    return model.Key(
        name=key.name,
        description=key.spec.description,
        required=key.spec.required,
        max_age_days=key.spec.max_age_days,
        in_use=key.in_use,
    )


def _database(config: StackConfig, declared: DatabaseSecret) -> model.DatabaseFacts:
    """A static role has a user and rotates it; a dynamic one has grants and ends."""
    connection = config.shared.databases[declared.connection]
    static = declared.username is not None
    return model.DatabaseFacts(
        connection=declared.connection,
        connection_name=connection.name,
        database=connection.database,
        admin=connection.username,
        reassign_to=connection.reassign_to,
        static_username=declared.username,
        rotation_seconds=(declared.rotation_seconds or None) if static else None,
        grants=() if static else tuple(_grant(grant) for grant in declared.grants),
        default_ttl_seconds=None if static else declared.default_ttl,
        max_ttl_seconds=None if static else declared.max_ttl,
    )


def _grant(grant: TableGrant) -> model.TableGrant:
    return model.TableGrant(
        db_schema=grant.schema_name,
        tables=grant.tables,
        all_tables=grant.all_tables,
        verbs=grant.verbs,
        sequences=grant.sequences,
    )


def _pki(config: StackConfig, declared: PkiSecret) -> model.PkiFacts:
    mount = config.shared.pki_mounts[declared.mount]
    return model.PkiFacts(
        common_name=declared.common_name,
        domains=declared.domains,
        bare_domains=declared.bare_domains,
        allow_subdomains=declared.allow_subdomains,
        ip_sans=declared.ip_sans,
        tidies=mount.tidy.parts if mount.manage == "create" else (),
        server=declared.server,
        client=declared.client,
        ttl_seconds=declared.ttl_seconds,
        max_ttl_seconds=declared.max_ttl,
    )


def _transit(declared: TransitSecret) -> model.TransitFacts:
    return model.TransitFacts(
        type=declared.type,
        auto_rotate_seconds=declared.auto_rotate_seconds,
        min_decryption_version=declared.min_decryption_version,
        derived=declared.derived or declared.convergent,
        deletion_allowed=declared.deletion_allowed,
    )
