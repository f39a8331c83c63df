"""What a declared database's own administrators would have made before the stack.

The database, the tables with a row each, the users of static roles, and the engine's admin. It
may hand out every right there is: of one that could give only the declared ones, PostgreSQL would
drop what a wrong role gives beyond them, with a mere warning, and nobody would notice.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from workload_secrets.declaration import Declaration
from workload_secrets.declaration.secret import DatabaseFacts, Secret
from workload_secrets.errors import ServerError
from workload_secrets.sandbox import databases, postgres
from workload_secrets.sandbox.databases import UNGRANTED
from workload_secrets.sandbox.files import write_private
from workload_secrets.sandbox.handle import DatabaseServer, Sandbox
from workload_secrets.sandbox.rest import Refused, Rest

_BAD_REQUEST: Final = 400


def make(sandbox: Sandbox, stack: str, declaration: Declaration, connection: str) -> str:
    """Makes all that the declared roles of a connection need, once; gives the admin's password.

    Raises ServerError with the server's words.
    """
    file = databases.password_file(sandbox, stack, connection)
    if file.exists():
        return file.read_text()
    server = databases.server_of(sandbox, declaration, connection)
    facts = [secret.database for secret in _secrets(declaration, connection) if secret.database]
    password = secrets.token_hex(24)
    first = facts[0]
    _run(server, sandbox.ca_file, postgres.MAINTENANCE, _roles(first, facts, password))
    if not _exists(server, sandbox.ca_file, first.database):
        _run(server, sandbox.ca_file, postgres.MAINTENANCE, [f"CREATE DATABASE {_name(first.database)}"])
    _run(server, sandbox.ca_file, first.database, [*_access(first, facts), *_contents(first, facts)])
    write_private(file, password)
    return password


def make_connection(
    sandbox: Sandbox, stack: str, declaration: Declaration, connection: str, vault: Rest
) -> None:
    """The mount and the connection of a database whose owner has configured them already."""
    password = make(sandbox, stack, declaration, connection)
    used = _secrets(declaration, connection)
    server = databases.server_of(sandbox, declaration, connection)
    mount, facts = used[0].mount, used[0].database
    if mount is None or facts is None:
        raise ServerError(f"connection {connection} has no mount")
    try:
        vault.call("POST", f"/v1/sys/mounts/{mount}", {"type": "database"})
    except Refused as refused:
        if refused.status != _BAD_REQUEST or "path is already in use" not in refused.said:
            raise
        return
    place = f"{server.host}:{server.port}/{quote(facts.database, safe='')}"
    tls = f"sslmode=verify-full&sslrootcert={quote(str(sandbox.ca_file))}"
    body = {
        "plugin_name": "postgresql-database-plugin",
        "connection_url": f"postgresql://{{{{username}}}}:{{{{password}}}}@{place}?{tls}",
        "username": facts.admin,
        "password": password,
        "password_authentication": "scram-sha-256",
        "allowed_roles": sorted({secret.path for secret in used if secret.path}),
    }
    vault.call("POST", f"/v1/{mount}/config/{facts.connection_name}", body)
    vault.call("POST", f"/v1/{mount}/rotate-root/{facts.connection_name}", {})


def _secrets(declaration: Declaration, connection: str) -> Sequence[Secret]:
    """The declared roles of a connection. Raises ServerError where there are none."""
    found = [
        secret
        for secret in declaration.secrets.values()
        if secret.database and secret.database.connection == connection
    ]
    if not found:
        raise ServerError(f"no secret is of connection {connection}")
    return found


def _roles(first: DatabaseFacts, facts: Sequence[DatabaseFacts], password: str) -> Iterator[str]:
    """The engine's admin, who makes users, and those users that a static role is of.

    From PostgreSQL 16 on it changes only passwords of users that it has ADMIN OPTION on.
    """
    admin = _name(first.admin)
    yield f"CREATE ROLE {admin} LOGIN CREATEROLE PASSWORD {_literal(password)}"
    if first.reassign_to is not None:
        yield f"CREATE ROLE {_name(first.reassign_to)} NOLOGIN"
        yield f"GRANT {_name(first.reassign_to)} TO {admin}"
    for user in sorted({fact.static_username for fact in facts if fact.static_username}):
        yield f"CREATE ROLE {_name(user)} LOGIN PASSWORD {_literal(secrets.token_hex(24))}"
        yield f"GRANT {_name(user)} TO {admin} WITH ADMIN OPTION"


def _access(first: DatabaseFacts, facts: Sequence[DatabaseFacts]) -> Iterator[str]:
    """Nobody connects by default, so that what the roles themselves grant is what is tried."""
    database = _name(first.database)
    yield f"REVOKE ALL ON DATABASE {database} FROM PUBLIC"
    yield f"GRANT ALL ON DATABASE {database} TO {_name(first.admin)} WITH GRANT OPTION"
    for user in sorted({fact.static_username for fact in facts if fact.static_username}):
        yield f"GRANT CONNECT ON DATABASE {database} TO {_name(user)}"
    if first.reassign_to is not None:
        yield f"GRANT CREATE ON DATABASE {database} TO {_name(first.reassign_to)}"


def _contents(first: DatabaseFacts, facts: Sequence[DatabaseFacts]) -> Iterator[str]:
    yield from _table(UNGRANTED, UNGRANTED)
    for grant in (grant for fact in facts for grant in fact.grants):
        for table in (*grant.tables, UNGRANTED):
            yield from _table(grant.db_schema, table)
        for sequence in grant.sequences:
            yield f"CREATE SEQUENCE IF NOT EXISTS {_name(grant.db_schema)}.{_name(sequence)}"
    for schema in sorted({UNGRANTED, *(grant.db_schema for fact in facts for grant in fact.grants)}):
        yield from _handed_out(_name(schema), _name(first.admin))


def _table(schema: str, table: str) -> Iterator[str]:
    """A table with a row, and no rights for anybody."""
    place = f"{_name(schema)}.{_name(table)}"
    yield f"CREATE SCHEMA IF NOT EXISTS {_name(schema)}"
    yield f"CREATE TABLE IF NOT EXISTS {place} (id integer, note text)"
    yield f"INSERT INTO {place} SELECT 1, 'one' WHERE NOT EXISTS (SELECT FROM {place})"  # noqa: S608 quoted


def _handed_out(schema: str, admin: str) -> Iterator[str]:
    """Before version 15 everybody may create in the schema `public`."""
    yield f"REVOKE ALL ON SCHEMA {schema} FROM PUBLIC"
    yield f"GRANT ALL ON SCHEMA {schema} TO {admin} WITH GRANT OPTION"
    for kind in ("TABLES", "SEQUENCES"):
        yield f"GRANT ALL ON ALL {kind} IN SCHEMA {schema} TO {admin} WITH GRANT OPTION"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _exists(server: DatabaseServer, ca_file: Path, database: str) -> bool:
    connection = postgres.superuser(server, ca_file)
    try:
        return bool(connection.run("SELECT 1 FROM pg_database WHERE datname = :name", name=database))
    finally:
        connection.close()


def _run(server: DatabaseServer, ca_file: Path, database: str, statements: Iterable[str]) -> None:
    from pg8000.native import DatabaseError

    connection = postgres.superuser(server, ca_file, database)
    try:
        for statement in statements:
            connection.run(statement)
    except DatabaseError as error:
        raise ServerError(
            f"PostgreSQL: {postgres.said(error)}"
        ) from None  # the statement may hold a password
    finally:
        connection.close()
