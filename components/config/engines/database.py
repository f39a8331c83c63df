"""Credentials of a PostgreSQL database that Vault or OpenBao makes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from components.config.base import Manage, Model
from components.config.fields import Description, KvMountPath, Line, Name, VaultRole
from components.config.problem import refuse, refuse_unseen
from components.config.rules import between, pattern
from components.documents import sql
from components.documents.sql import TableVerb

DAY: Final = 86_400
_HOST: Final = (
    r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_CRON: Final = r"[0-9*/,-]+( [0-9A-Za-z*/,-]+){4}"


def _sql_name(value: str) -> str:
    if not sql.fits(value):
        refuse_unseen(
            sql.NAME_ALLOWED, "name one object exactly; PostgreSQL cuts longer names off in silence"
        )
    if value == "*":
        refuse(value, "one name", "name each table, or write allTables: true instead of tables")
    return value


def _host(value: str) -> str:
    if "@" in value or "://" in value:
        refuse_unseen("a host name alone", "remove scheme, user and password: the connection is made for you")
    return value


def _username_template(value: str) -> str:
    cut = re.search(r"truncate ([0-9]+) *\}\}$", value)
    if "random" not in value or cut is None or int(cut.group(1)) > sql.IDENTIFIER_BYTES_MAX:
        refuse(
            value,
            f"a template with random, cut off at its end by truncate {sql.IDENTIFIER_BYTES_MAX} or less",
            "end it with | truncate 63 }}: PostgreSQL cuts longer names off in silence",
        )
    if "DisplayName" in value:
        refuse(
            value,
            "a template without .DisplayName",
            "take it out: who logs in chooses that name, and it would stand in SQL",
        )
    return value


def _statement(value: str) -> str:
    if not value.strip() or len(value) > 8192 or "\x00" in value:
        refuse_unseen("a SQL statement of at most 8192 characters", "write one statement for each entry")
    return value.strip()  # as the server gives it back: else it would be a change at every update


SqlName = Annotated[str, AfterValidator(_sql_name)]
Statement = Annotated[str, AfterValidator(_statement)]
UsernameTemplate = Annotated[str, AfterValidator(_username_template)]
Host = Annotated[
    str,
    AfterValidator(_host),
    pattern(_HOST, "a host name or IPv4 address, without scheme and user", "write it like db.prod.example"),
]
Port = Annotated[int, between(1, 65_535, "as a port", "PostgreSQL listens on 5432 by default")]
EnvironmentName = Annotated[
    str,
    pattern(
        r"[A-Z_][A-Z0-9_]{0,127}",
        "the name of an environment variable, in capitals",
        "name the variable; its value never stands in a file",
    ),
]
ServerPath = Annotated[
    str,
    pattern(
        r"/[A-Za-z0-9_./ ~+@-]{1,1023}",
        "an absolute path on the Vault server, such as /vault/tls/db-ca.pem",
        "mount the CA of the database into the Vault server and name that path; the connection always "
        "verifies",
    ),
]
PasswordFile = Annotated[
    str,
    pattern(
        r"[A-Za-z0-9_./ ~+@-]{1,1024}",
        "the path of a file on the deployer's machine, which git ignores",
        "name the file; the password itself never stands here",
    ),
]
LeaseSeconds = Annotated[int, between(60, 30 * DAY, "seconds", "keep credentials short-lived")]
# The server refuses less than 5 seconds; nobody rotates faster than clients can follow.
# https://openbao.org/api-docs/secret/databases/#rotation_period
RotationSeconds = Annotated[int, between(60, 365 * DAY, "seconds", "rotate at least once a year")]
WindowSeconds = Annotated[int, between(3600, 7 * DAY, "seconds", "the server takes an hour at least")]
CronSchedule = Annotated[
    str, pattern(_CRON, "five fields of cron", "write it like 0 3 * * SAT; leave the seconds out")
]
Connections = Annotated[int, between(1, 1000, "connections", "stay below the server's max_connections")]
IdleConnections = Annotated[int, between(0, 1000, "connections", "write 0 to keep none open")]
LifetimeSeconds = Annotated[int, between(0, DAY, "seconds", "write 0 to keep connections open")]

MISPLACED: Final[Mapping[str, str]] = {
    "password": "remove it: no password stands in a file; endpoints.databases.NAME.adminPassword says where "
    "the deployer's machine has it, {env: NAME} or {file: PATH}",
    "connectionUrl": "remove it: the address is made from endpoints.databases.NAME (host, port, caFile) and "
    "always verifies the server, sslmode=verify-full",
    "sslmode": "remove it: every connection verifies the server, sslmode=verify-full with caFile",
    "allowedRoles": "remove it: exactly the declared roles of the connection are allowed",
    "creationStatements": "write grants, or statements: {creation: [...]}",
}
"""Keys that a person may look for, as the server's own API has them, and what to write instead."""

# The role's name and chance only. Who logs in can't put anything of its own into it.
USERNAME_TEMPLATE: Final = (
    '{{ printf "v-%s-%s-%s" (.RoleName | truncate 24) (random 20) (unix_time) | truncate 63 }}'
)


class PasswordSource(Model):
    """Where the deployer's machine has a password: an environment variable or a file."""

    env: EnvironmentName | None = None
    file: PasswordFile | None = None


class DatabaseEndpoint(Model):
    """How the Vault server reaches a database. `ca_file` is a path on the Vault server.

    `admin_password` is needed once, when the connection is made; afterwards only the Vault
    server knows the password.
    """

    host: Host
    port: Port = 5432
    ca_file: ServerPath
    admin_password: PasswordSource | None = None


class Database(Model):
    """One connection of a database engine's mount. `username` is the engine's own admin, whose
    password the engine changes at once: nobody else may use it.

    `reassign_to` gets what a credential has made when it ends; absent: the admin.
    `max_connection_lifetime_seconds` 0: for ever. `protect` absent: in production.
    """

    mount: KvMountPath
    name: Name
    database: SqlName
    username: SqlName
    manage: Manage = "create"
    owner: Line | None = None
    description: Description | None = None
    username_template: UsernameTemplate = USERNAME_TEMPLATE
    reassign_to: SqlName | None = None
    max_open_connections: Connections = 4
    max_idle_connections: IdleConnections = 0
    max_connection_lifetime_seconds: LifetimeSeconds = 0
    protect: bool | None = None


class TableGrant(Model):
    """`verbs` on `tables` of a schema, or with `all_tables` and a `reason` on all there are when
    a credential is made. `sequences` are those that inserts draw from."""

    schema_name: SqlName = Field(alias="schema")
    tables: tuple[SqlName, ...] = ()
    all_tables: bool = False
    sequences: tuple[SqlName, ...] = ()
    verbs: tuple[TableVerb, ...] = ()
    reason: Line | None = None


class Statements(Model):
    """SQL written by hand, one statement in each entry. `revocation` and `renew` absent: ours."""

    creation: tuple[Statement, ...]
    revocation: tuple[Statement, ...] = ()
    renew: tuple[Statement, ...] = ()


class DatabaseSecret(Model):
    """A role of a connection, whose name is a key of `shared.databases`. Times are seconds.

    Dynamic: each login gets a user of its own, with the rights in `grants`. With `statements`
    they are given by hand, and `grants` say what the proof holds them against.
    Static: `username`, an existing user whose password is changed every `rotation_seconds` or
    by `rotation_schedule` (cron, UTC), and at once when the role is made.
    """

    backend: Literal["database"]
    description: Description | None = None
    connection: Name
    role: VaultRole
    grants: tuple[TableGrant, ...] = ()
    statements: Statements | None = None
    default_ttl_seconds: LeaseSeconds | None = None
    max_ttl_seconds: LeaseSeconds | None = None
    username: SqlName | None = None
    rotation_seconds: RotationSeconds | None = None
    rotation_schedule: CronSchedule | None = None
    rotation_window_seconds: WindowSeconds | None = None

    @property
    def default_ttl(self) -> int:
        """How long a credential lives without renewal, in seconds; an hour where not declared."""
        return self.default_ttl_seconds or 3600

    @property
    def max_ttl(self) -> int:
        """How long it lives with renewal, in seconds; a day where not declared."""
        return self.max_ttl_seconds or DAY
