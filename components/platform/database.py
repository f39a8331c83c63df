"""The platform's database engine: mounts, connections, and a role for each declared secret."""

from __future__ import annotations

import pulumi

from components.config.endpoints import VaultEndpoint
from components.config.engines.database import Database, DatabaseEndpoint, DatabaseSecret, TableGrant
from components.config.stack import StackConfig
from components.documents import sql
from components.documents.engines.database import (
    allowed_roles,
    connection_url,
    database_secrets,
    used_databases,
)
from components.platform.context import VaultContext
from components.vault.database_connection import DatabaseConnection, DatabaseConnectionArgs
from components.vault.database_hook import DatabaseTarget, database_hook
from components.vault.database_mount import DatabaseMount, DatabaseMountArgs
from components.vault.database_role import DatabaseRole, DatabaseRoleArgs
from workload_secrets.keys.database_root import AdminPassword, Connection


def declare(config: StackConfig, context: VaultContext) -> None:
    """Makes what the stack asks for; nothing where it has no database."""
    databases = used_databases(config)
    mounts: dict[str, DatabaseMount] = {}
    for name, database in databases.items():
        if database.mount not in mounts:
            mounts[database.mount] = DatabaseMount(name, _mount(context, database), context.opts)
    connections: dict[str, pulumi.Resource] = {}
    for name, database in databases.items():
        endpoint = config.endpoints.databases.get(name)
        if database.manage == "create" and endpoint is not None:
            args = _connection(config, context, name, endpoint, mounts[database.mount])
            connections[name] = DatabaseConnection(name, args, context.opts).resource
    for name, secret in database_secrets(config).items():
        args = _role(databases[secret.connection], secret, connections.get(secret.connection))
        DatabaseRole(name, args, context.opts)


def _mount(context: VaultContext, database: Database) -> DatabaseMountArgs:
    return DatabaseMountArgs(
        path=database.mount,
        manage=database.manage,
        description=database.description,
        protect=_protected(context, database),
        after=context.namespace,
    )


def _connection(
    config: StackConfig, context: VaultContext, name: str, endpoint: DatabaseEndpoint, mount: DatabaseMount
) -> DatabaseConnectionArgs:
    database = config.shared.databases[name]
    return DatabaseConnectionArgs(
        mount=database.mount,
        connection=database.name,
        url=connection_url(endpoint, database.database),
        username=database.username,
        allowed_roles=allowed_roles(config, name),
        username_template=database.username_template,
        max_open_connections=database.max_open_connections,
        max_idle_connections=database.max_idle_connections,
        max_connection_lifetime_seconds=database.max_connection_lifetime_seconds,
        protect=_protected(context, database),
        after=mount.resource,
        hook=_hook(config.endpoints.vault, context, name, database, endpoint),
    )


def _hook(
    vault: VaultEndpoint | None,
    context: VaultContext,
    name: str,
    database: Database,
    endpoint: DatabaseEndpoint,
) -> pulumi.ResourceHook | None:
    source = endpoint.admin_password
    if vault is None or source is None:
        return None
    target = DatabaseTarget(
        address=vault.address,
        ca_file=str(context.root / vault.ca_file) if vault.ca_file else None,
        namespace=context.facts.namespace,
        connection=Connection(mount=database.mount, name=database.name),
        password=AdminPassword(env=source.env, file=context.root / source.file if source.file else None),
    )
    return database_hook(f"{name}-admin-password", target)


def _role(database: Database, secret: DatabaseSecret, connection: pulumi.Resource | None) -> DatabaseRoleArgs:
    place = DatabaseRoleArgs(
        mount=database.mount, connection=database.name, role=secret.role, after=connection
    )
    if secret.username is not None:
        return place.model_copy(
            update={
                "username": secret.username,
                "rotation_seconds": secret.rotation_seconds,
                "rotation_schedule": secret.rotation_schedule,
                "rotation_window_seconds": secret.rotation_window_seconds,
            }
        )
    by_hand = secret.statements
    granted = sql.creation(database.database, [_granted(grant) for grant in secret.grants])
    revocation = by_hand.revocation if by_hand and by_hand.revocation else None
    return place.model_copy(
        update={
            "creation": by_hand.creation if by_hand else granted,
            "revocation": revocation or sql.revocation(database.reassign_to),
            "renew": (by_hand.renew if by_hand and by_hand.renew else None) or sql.renew(),
            "default_ttl_seconds": secret.default_ttl,
            "max_ttl_seconds": secret.max_ttl,
        }
    )


def _granted(grant: TableGrant) -> sql.TableGrant:
    return sql.TableGrant(
        schema=grant.schema_name,
        tables=grant.tables,
        all_tables=grant.all_tables,
        verbs=grant.verbs,
        sequences=grant.sequences,
    )


def _protected(context: VaultContext, database: Database) -> bool:
    return context.protect if database.protect is None else database.protect
