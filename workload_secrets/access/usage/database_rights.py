"""What a database session may do, verb by verb, held against what was declared."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from workload_secrets.declaration.secret import DatabaseFacts
from workload_secrets.sandbox.databases import UNGRANTED
from workload_secrets.sandbox.postgres import code, said

# https://www.postgresql.org/docs/current/errcodes-appendix.html
DENIED: Final = "42501"
_TRIES: Final[Mapping[str, str]] = {
    "select": "SELECT id FROM {}",
    "insert": "INSERT INTO {} DEFAULT VALUES",
    "update": "UPDATE {} SET note = 'two'",
    "delete": "DELETE FROM {}",
    "truncate": "TRUNCATE {}",
}
_BEYOND: Final[Mapping[str, str]] = {
    "create a user": 'CREATE ROLE "workload_secrets_try"',
    "create a schema": 'CREATE SCHEMA "workload_secrets_try"',
}


@dataclass(frozen=True)
class Tried:
    """How many tries were allowed and refused, and where that is not as declared."""

    allowed: int
    refused: int
    differences: tuple[str, ...]


def tried(session: Any, facts: DatabaseFacts) -> Tried:
    """Tries every verb on every table in a transaction that is rolled back."""
    counts = {True: 0, False: 0}
    differences: list[str] = []
    for what, statement, wanted in _statements(facts):
        found = _try(session, statement)
        if isinstance(found, str):
            differences.append(f"{what}: {found}")
            continue
        counts[found] += 1
        if found != wanted:
            differences.append(f"{what} is {'allowed' if found else 'refused'}")
    return Tried(counts[True], counts[False], tuple(differences))


def _statements(facts: DatabaseFacts) -> Iterator[tuple[str, str, bool]]:
    """What to try, the statement, and whether it is declared."""
    for (schema, table), verbs in sorted(_declared(facts).items()):
        place = f"{_name(schema)}.{_name(table)}"
        for verb, statement in _TRIES.items():
            yield f"{verb} on {schema}.{table}", statement.format(place), verb in verbs
    for grant in facts.grants:
        for sequence in grant.sequences:
            place = f"{_name(grant.db_schema)}.{_name(sequence)}"
            text = "'" + place.replace("'", "''") + "'"
            yield f"nextval of {grant.db_schema}.{sequence}", f"SELECT nextval({text})", True
    for schema in sorted({grant.db_schema for grant in facts.grants}):
        statement = f'CREATE TABLE {_name(schema)}."workload_secrets_try" ()'
        yield f"create a table in {schema}", statement, False
    for what, statement in _BEYOND.items():
        yield what, statement, False


def _declared(facts: DatabaseFacts) -> Mapping[tuple[str, str], frozenset[str]]:
    """The declared verbs by table; the two that nobody named are there too."""
    schemas = {grant.db_schema for grant in facts.grants}
    places = {(grant.db_schema, table) for grant in facts.grants for table in grant.tables}
    places |= {(schema, UNGRANTED) for schema in schemas} | {(UNGRANTED, UNGRANTED)}
    return {
        (schema, table): frozenset(
            verb
            for grant in facts.grants
            if grant.db_schema == schema and (grant.all_tables or table in grant.tables)
            for verb in grant.verbs
        )
        for schema, table in places
    }


def _try(session: Any, statement: str) -> bool | str:
    """Whether it was allowed; a text where the server failed in another way."""
    from pg8000.exceptions import DatabaseError

    session.run("START TRANSACTION")
    try:
        session.run(statement)
    except DatabaseError as error:
        return False if code(error) == DENIED else said(error)
    finally:
        session.run("ROLLBACK")
    return True


def close(session: Any) -> None:
    """Ends a session, which the server may have ended before."""
    with contextlib.suppress(Exception):
        session.close()


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
