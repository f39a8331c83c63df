"""PostgreSQL statements that a database engine runs, made from declared grants.

Nothing is typed in by hand, so nothing is quoted wrong. The engine itself puts in the names
in double braces and splits a statement at its semicolons, hence what a name may not hold:
https://github.com/openbao/openbao/blob/main/internal/builtin/database/postgresql/postgresql.go
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

# https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
# Longer names are cut off in silence: two tables would become one.
IDENTIFIER_BYTES_MAX: Final = 63
NAME_ALLOWED: Final = (
    f"1 to {IDENTIFIER_BYTES_MAX} bytes of printable characters without ; $$ {{{{ }}}} and spaces at the ends"
)

_MARKS: Final = (";", "$$", "{{", "}}")
"""What the engine, or the block of `revocation`, reads as its own."""

TableVerb = Literal["select", "insert", "update", "delete", "truncate"]
TABLE_VERBS: Final[tuple[TableVerb, ...]] = get_args(TableVerb)
"""What can be granted on a table. REFERENCES and TRIGGER let a role run its code as others."""


@dataclass(frozen=True, kw_only=True)
class TableGrant:
    """`verbs` on `tables` of `schema`, or on all there are when a credential is made.

    `sequences` are those that its columns draw from: an insert into a serial column needs them.
    """

    schema: str
    tables: tuple[str, ...] = field(default=())
    all_tables: bool = False
    verbs: tuple[TableVerb, ...]
    sequences: tuple[str, ...] = field(default=())


def fits(name: str) -> bool:
    """Whether a name can stand in a statement of the engine at all."""
    plain = name.isprintable() and name == name.strip()
    return (
        plain and not any(mark in name for mark in _MARKS) and 0 < len(name.encode()) <= IDENTIFIER_BYTES_MAX
    )


def identifier(name: str) -> str:
    """A name in double quotes. Raises ValueError where `fits` says no."""
    if not fits(name):
        raise ValueError(f"not a name for PostgreSQL; allowed: {NAME_ALLOWED}")
    return '"' + name.replace('"', '""') + '"'


def creation(database: str, grants: Iterable[TableGrant]) -> tuple[str, ...]:
    """The statements that make a credential with exactly these grants, one in each entry.

    The engine's admin becomes a member of the new role: only so may it end its sessions and
    take over what it owns, without being a superuser.
    """
    made = [
        "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'",
        'GRANT "{{name}}" TO CURRENT_USER',
        f'GRANT CONNECT ON DATABASE {identifier(database)} TO "{{{{name}}}}"',
    ]
    for grant in grants:
        made += _granted(grant)
    return tuple(dict.fromkeys(made))


def revocation(reassign_to: str | None = None) -> tuple[str, ...]:
    """The statement that ends a credential's sessions and takes it away, whatever it owns.

    Objects that it made go to `reassign_to`, or to the engine's admin: dropping them would
    lose data. It is one block, so that a role that is gone already is no error: else the
    engine would try to revoke the lease for ever.
    """
    owner = "CURRENT_USER" if reassign_to is None else identifier(reassign_to)
    return (
        "DO $$ BEGIN IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{{name}}') THEN "  # noqa: S608
        "PERFORM pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity"
        " WHERE usename = '{{name}}'; "
        f'REASSIGN OWNED BY "{{{{name}}}}" TO {owner}; '
        'DROP OWNED BY "{{name}}"; '
        'DROP ROLE IF EXISTS "{{name}}"; '
        "END IF; END $$",
    )


def renew() -> tuple[str, ...]:
    """The statement that lets a credential's password live on with its lease."""
    return ("ALTER ROLE \"{{name}}\" VALID UNTIL '{{expiration}}'",)


def _granted(grant: TableGrant) -> Iterable[str]:
    schema = identifier(grant.schema)
    verbs = ", ".join(verb.upper() for verb in TABLE_VERBS if verb in grant.verbs)
    yield f'GRANT USAGE ON SCHEMA {schema} TO "{{{{name}}}}"'
    if grant.all_tables:
        yield f'GRANT {verbs} ON ALL TABLES IN SCHEMA {schema} TO "{{{{name}}}}"'
    for table in grant.tables:
        yield f'GRANT {verbs} ON TABLE {schema}.{identifier(table)} TO "{{{{name}}}}"'
    for sequence in grant.sequences:
        yield f'GRANT USAGE, SELECT ON SEQUENCE {schema}.{identifier(sequence)} TO "{{{{name}}}}"'
