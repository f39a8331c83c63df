"""What the deployer may do with database engines, and how their server reaches a database.

It makes mounts, connections and roles and changes the admin's password. It gets no credential:
no path under `creds/` or `static-creds/` is here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from components.config.engines.database import Database, DatabaseEndpoint, DatabaseSecret
from components.config.stack import StackConfig

Paths = dict[str, tuple[str, ...]]
_WRITE: Final = ("create", "read", "update")
_OWN: Final = (*_WRITE, "delete")
_SET: Final = ("create", "update")


def database_secrets(config: StackConfig) -> Mapping[str, DatabaseSecret]:
    """The declared roles."""
    return {name: secret for name, secret in config.secrets.items() if isinstance(secret, DatabaseSecret)}


def used_databases(config: StackConfig) -> Mapping[str, Database]:
    """The connections of the declared roles, sorted."""
    wanted = sorted({secret.connection for secret in database_secrets(config).values()})
    return {name: config.shared.databases[name] for name in wanted if name in config.shared.databases}


def allowed_roles(config: StackConfig, connection: str) -> tuple[str, ...]:
    """The roles that may use a connection: those that this stack declares, and no other."""
    roles = {secret.role for secret in database_secrets(config).values() if secret.connection == connection}
    return tuple(sorted(roles))


def connection_url(endpoint: DatabaseEndpoint, database: str) -> str:
    """Where the server connects to. It puts in username and password itself.

    `verify-full` with a file is the one form that the PostgreSQL plugin really verifies; it
    ignores `tls_ca`, and `require` takes any certificate.
    https://www.postgresql.org/docs/current/libpq-ssl.html
    """
    name = quote(database, safe="")
    root = quote(endpoint.ca_file, safe="/")
    place = f"{endpoint.host}:{endpoint.port}/{name}"
    return f"postgresql://{{{{username}}}}:{{{{password}}}}@{place}?sslmode=verify-full&sslrootcert={root}"


def deployer_paths(config: StackConfig) -> Paths:
    """Vault paths and their capabilities. Mounts and connections are deleted in development
    only: with a connection goes the only copy of the admin's password."""
    own = _OWN if config.tier == "development" else _WRITE
    paths: Paths = {}
    for database in used_databases(config).values():
        if database.manage == "create":
            paths |= {f"sys/mounts/{database.mount}": own, f"sys/mounts/{database.mount}/tune": _SET}
            paths[f"{database.mount}/config/{database.name}"] = own
            paths[f"{database.mount}/rotate-root/{database.name}"] = ("update",)
    for secret in database_secrets(config).values():
        database = config.shared.databases.get(secret.connection)
        if database is not None:
            kind = "roles" if secret.username is None else "static-roles"
            paths[f"{database.mount}/{kind}/{secret.role}"] = _OWN
    return paths
