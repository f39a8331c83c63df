"""Secrets as they travel in the declaration: which kind, and where. Never values."""

from __future__ import annotations

from typing import Any

from components.config import resolve
from components.config.engines.database import DatabaseSecret
from components.config.engines.pki import PkiSecret
from components.config.engines.transit import TransitSecret
from components.config.resolve import ResolvedKey
from components.config.secrets import AwsSecret, Secret, VaultSecret
from components.config.stack import StackConfig
from components.vault_grants import place


def secret(config: StackConfig, declared: Secret) -> dict[str, Any]:
    """The JSON form that `workload_secrets.declaration.secret.Secret` reads."""
    if isinstance(declared, AwsSecret):
        return _aws(config, declared)
    mount, path = place(config, declared)
    where = {"backend": declared.backend, "mount": mount, "path": path, **namespace(config, "vaultNamespace")}
    match declared:
        case VaultSecret():
            return {**where, "encoding": "flat", "keys": _keys(declared)}
        case DatabaseSecret():
            return {**where, "database": _database(config, declared)}
        case PkiSecret():
            return {**where, "pki": _pki(config, declared)}
        case TransitSecret():
            return {**where, "transit": _transit(declared)}


def namespace(config: StackConfig, key: str) -> dict[str, str]:
    """The Vault namespace under `key`; empty where there is none."""
    found = config.facts.vault.namespace if config.facts.vault else None
    return {key: found} if found else {}


def _aws(config: StackConfig, declared: AwsSecret) -> dict[str, Any]:
    aws = config.facts.aws
    where = {"region": aws.region, "accountId": aws.account_id} if aws else {}
    made = {"backend": "aws", "encoding": "nested", "keys": _keys(declared), "name": declared.name, **where}
    if declared.rotation is None:
        return made
    rotation = {
        "functionArn": declared.rotation.function_arn,
        "roleArn": declared.rotation.function_role_arn,
    }
    return {**made, "rotation": rotation}


def _keys(declared: AwsSecret | VaultSecret) -> list[dict[str, Any]]:
    return [_key(key) for key in resolve.resolved_keys(declared)]


def _key(key: ResolvedKey) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": key.name,
        "description": key.spec.description,
        "required": key.spec.required,
        "inUse": key.in_use,
    }
    if key.spec.max_age_days is not None:
        made["maxAgeDays"] = key.spec.max_age_days
    return made


def _database(config: StackConfig, declared: DatabaseSecret) -> dict[str, Any]:
    connection = config.shared.databases[declared.connection]
    made: dict[str, Any] = {
        "connection": declared.connection,
        "connectionName": connection.name,
        "database": connection.database,
        "admin": connection.username,
    }
    if connection.reassign_to is not None:
        made["reassignTo"] = connection.reassign_to
    if declared.username is not None:
        rotation = {"rotationSeconds": declared.rotation_seconds} if declared.rotation_seconds else {}
        return {**made, "staticUsername": declared.username, **rotation}
    made["grants"] = [
        {
            "dbSchema": grant.schema_name,
            "tables": list(grant.tables),
            "allTables": grant.all_tables,
            "verbs": list(grant.verbs),
            "sequences": list(grant.sequences),
        }
        for grant in declared.grants
    ]
    return {**made, "defaultTtlSeconds": declared.default_ttl, "maxTtlSeconds": declared.max_ttl}


def _pki(config: StackConfig, declared: PkiSecret) -> dict[str, Any]:
    mount = config.shared.pki_mounts[declared.mount]
    return {
        **({"tidies": list(mount.tidy.parts)} if mount.manage == "create" else {}),
        "commonName": declared.common_name,
        "domains": list(declared.domains),
        "bareDomains": declared.bare_domains,
        "allowSubdomains": declared.allow_subdomains,
        "ipSans": declared.ip_sans,
        "server": declared.server,
        "client": declared.client,
        "ttlSeconds": declared.ttl_seconds,
        "maxTtlSeconds": declared.max_ttl,
    }


def _transit(declared: TransitSecret) -> dict[str, Any]:
    return {
        "type": declared.type,
        "autoRotateSeconds": declared.auto_rotate_seconds,
        "minDecryptionVersion": declared.min_decryption_version,
        "derived": declared.derived or declared.convergent,
        "deletionAllowed": declared.deletion_allowed,
    }
