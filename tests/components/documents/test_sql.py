"""SQL from declared grants: quoted names, and nothing that the engine would read as its own."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.documents import sql
from components.documents.sql import TableGrant

NAMES = st.text(max_size=80)


def without_names(statement: str) -> str:
    """A statement with every quoted name taken out, doubled quotes inside names too."""
    return re.sub(r'"(?:[^"]|"")*"', "<name>", statement)


def test_a_credential_gets_exactly_what_is_declared():
    grants = [
        TableGrant(schema="public", tables=("orders",), verbs=("update", "select")),
        TableGrant(schema="audit", tables=("events",), sequences=("events_id_seq",), verbs=("insert",)),
    ]
    assert sql.creation("app", grants) == (
        "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'",
        'GRANT "{{name}}" TO CURRENT_USER',
        'GRANT CONNECT ON DATABASE "app" TO "{{name}}"',
        'GRANT USAGE ON SCHEMA "public" TO "{{name}}"',
        'GRANT SELECT, UPDATE ON TABLE "public"."orders" TO "{{name}}"',
        'GRANT USAGE ON SCHEMA "audit" TO "{{name}}"',
        'GRANT INSERT ON TABLE "audit"."events" TO "{{name}}"',
        'GRANT USAGE, SELECT ON SEQUENCE "audit"."events_id_seq" TO "{{name}}"',
    )


def test_all_tables_is_said_in_so_many_words():
    grant = TableGrant(schema="public", all_tables=True, verbs=("select",))
    assert sql.creation("app", [grant])[-1] == 'GRANT SELECT ON ALL TABLES IN SCHEMA "public" TO "{{name}}"'


def test_a_schema_s_usage_is_granted_once():
    grants = [TableGrant(schema="public", tables=(table,), verbs=("select",)) for table in ("a", "b")]
    assert [line for line in sql.creation("app", grants) if "USAGE" in line] == [
        'GRANT USAGE ON SCHEMA "public" TO "{{name}}"'
    ]


def test_what_a_credential_made_goes_to_the_declared_owner_or_to_the_admin():
    assert 'REASSIGN OWNED BY "{{name}}" TO CURRENT_USER;' in sql.revocation()[0]
    assert 'REASSIGN OWNED BY "{{name}}" TO "app ""owner""";' in sql.revocation('app "owner"')[0]


def test_revocation_is_one_block_so_that_the_engine_does_not_split_it():
    """It looks for the word END outside of quotes; postgresql.go, containsMultilineStatement."""
    (block,) = sql.revocation()
    assert block.startswith("DO $$ BEGIN")
    assert block.endswith("END $$")


def test_renewal_moves_the_password_s_end():
    assert sql.renew() == ("ALTER ROLE \"{{name}}\" VALID UNTIL '{{expiration}}'",)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a" * 64,
        "ü" * 32,
        "a;b",
        "a{{password}}",
        "a}}",
        "a$$b",
        " a",
        "a ",
        "a\nb",
        "a\x00b",
        "a\u202eb",
        "\ud800",
    ],
)
def test_a_name_that_the_engine_or_postgresql_would_read_differently_is_refused(name: str):
    assert not sql.fits(name)
    with pytest.raises(ValueError, match="not a name for PostgreSQL"):
        sql.identifier(name)


@given(NAMES)
def test_a_name_never_ends_its_quotes(name: str):
    if not sql.fits(name):
        return
    quoted = sql.identifier(name)
    assert re.fullmatch(r'"(?:[^"]|"")+"', quoted)
    assert quoted[1:-1].replace('""', '"') == name


@given(NAMES, NAMES, NAMES)
def test_hostile_names_change_no_statement(schema: str, table: str, owner: str):
    if not all(sql.fits(name) for name in (schema, table, owner)):
        return
    plain = TableGrant(schema="s", tables=("t",), sequences=("t",), verbs=("select",))
    hostile = TableGrant(schema=schema, tables=(table,), sequences=(table,), verbs=("select",))
    made = [*sql.creation(owner, [hostile]), *sql.revocation(owner)]
    expected = [*sql.creation("d", [plain]), *sql.revocation("o")]
    assert [without_names(line) for line in made] == [without_names(line) for line in expected]
    assert all(";" not in line for line in made[:-1])
