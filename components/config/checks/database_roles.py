"""Roles of databases: exact rights, ordered times, and SQL by hand that can be taken back."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from typing import Final

from components.config import products
from components.config.engines.database import DatabaseSecret, Statements, TableGrant
from components.config.problem import Problem, shown, undeclared
from components.config.stack import StackConfig
from components.documents.engines.database import database_secrets

# https://openbao.org/docs/secrets/databases/#schema
_VARIABLES: Final = frozenset({"name", "username", "password", "expiration"})
_BRACES: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_LITERAL: Final = re.compile(r"\bPASSWORD\s+'(?!\{\{password\}\}')", re.IGNORECASE)
_ALL: Final = re.compile(
    r"\bON\s+ALL\s+(TABLES|SEQUENCES|FUNCTIONS|PROCEDURES|ROUTINES)\b|\bDEFAULT\s+PRIVILEGES\b", re.IGNORECASE
)
_POWERS: Final = re.compile(
    r"\b(SUPERUSER|CREATEROLE|CREATEDB|REPLICATION|BYPASSRLS|WITH\s+GRANT\s+OPTION|WITH\s+ADMIN\s+OPTION)\b",
    re.IGNORECASE,
)
_DROP: Final = re.compile(r"\bDROP\s+(ROLE|USER)\b", re.IGNORECASE)


def check(config: StackConfig, key: str, secret: DatabaseSecret) -> Iterator[Problem]:
    """Problems of one role."""
    if secret.connection not in config.shared.databases:
        databases = config.shared.databases
        yield undeclared(f"{key}.connection", secret.connection, "databases", databases, what="connection")
    if secret.username is None:
        yield from _dynamic(key, secret)
    else:
        yield from _static(config, key, secret)


def check_all(config: StackConfig) -> Iterator[Problem]:
    """Roles that share a name, and users whose password two would change."""
    seen: dict[Hashable, str] = {}
    for name, secret in database_secrets(config).items():
        database = config.shared.databases.get(secret.connection)
        if database is None:
            continue
        key = f"secrets.{name}"
        role, same = (database.mount, secret.role), ("of", secret.connection, secret.role)
        if role in seen and same not in seen:  # two of one connection are refused as the same secret
            yield Problem(
                key=f"{key}.role",
                got=shown(secret.role),
                allowed=f"a role that no other secret has in {database.mount}",
                remedy=f"{seen[role]} has it, and dynamic and static roles share their names; rename one",
            )
        seen.setdefault(role, key)
        seen.setdefault(same, key)
        if secret.username is None:
            continue
        endpoint = config.endpoints.databases.get(secret.connection)
        place = (endpoint.host, endpoint.port) if endpoint else secret.connection
        user = (place, secret.username)
        if user in seen or secret.username == database.username:
            holder = seen.get(user, f"shared.databases.{secret.connection}")
            yield Problem(
                key=f"{key}.username",
                got=shown(secret.username),
                allowed="a user whose password nothing else changes",
                remedy=f"{holder} has it too: each rotation would lock the other out; make another user",
            )
        seen.setdefault(user, key)


def _dynamic(key: str, secret: DatabaseSecret) -> Iterator[Problem]:
    if not secret.grants:
        yield Problem(
            key=f"{key}.grants",
            got="nothing",
            allowed="what a credential may do: [{schema, tables, verbs}], beside statements too",
            remedy="name the tables and verbs; for a user that exists write username",
        )
    if secret.default_ttl > secret.max_ttl:
        yield Problem(
            key=f"{key}.defaultTtlSeconds",
            got=shown(secret.default_ttl),
            allowed=f"at most maxTtlSeconds, {secret.max_ttl}",
            remedy="lower defaultTtlSeconds, or raise maxTtlSeconds: the server would cut it in silence",
        )
    for part, given in _rotation(secret):
        if given is not None:
            yield _misplaced(f"{key}.{part}", "a static role, one with username", "remove the key")
    for number, grant in enumerate(secret.grants):
        yield from _grant(f"{key}.grants.{number}", grant)
    if secret.statements is not None:
        yield from _by_hand(f"{key}.statements", secret.statements, secret.grants)


def _static(config: StackConfig, key: str, secret: DatabaseSecret) -> Iterator[Problem]:
    dynamic = {
        "grants": secret.grants or None,
        "statements": secret.statements,
        "defaultTtlSeconds": secret.default_ttl_seconds,
        "maxTtlSeconds": secret.max_ttl_seconds,
    }
    for part, given in dynamic.items():
        if given is not None:
            remedy = "remove it, or remove username: the user exists, and its rights are its owner's matter"
            yield _misplaced(f"{key}.{part}", "a dynamic role, one without username", remedy)
    if (secret.rotation_seconds is None) == (secret.rotation_schedule is None):
        yield Problem(
            key=f"{key}.rotationSeconds",
            got="nothing" if secret.rotation_seconds is None else "both it and rotationSchedule",
            allowed="rotationSeconds or rotationSchedule, one of the two",
            remedy="say how often the password changes, such as rotationSeconds: 86400",
        )
    if secret.rotation_window_seconds is not None and secret.rotation_schedule is None:
        yield _misplaced(f"{key}.rotationWindowSeconds", "rotationSchedule", "remove the key")
    vault = config.facts.vault
    if secret.rotation_schedule is not None and vault and not products.can(vault, "rotationSchedule"):
        yield Problem(
            key=f"{key}.rotationSchedule",
            got=shown(secret.rotation_schedule),
            allowed=f"rotationSeconds: {vault.product} {vault.version} has no schedules for static roles",
            remedy="write rotationSeconds, such as 86400",
        )


def _rotation(secret: DatabaseSecret) -> Iterator[tuple[str, object]]:
    yield "rotationSeconds", secret.rotation_seconds
    yield "rotationSchedule", secret.rotation_schedule
    yield "rotationWindowSeconds", secret.rotation_window_seconds


def _misplaced(key: str, belongs: str, remedy: str) -> Problem:
    return Problem(key=key, got="a key of another kind of role", allowed=f"it with {belongs}", remedy=remedy)


def _grant(key: str, grant: TableGrant) -> Iterator[Problem]:
    if grant.all_tables and grant.tables:
        yield Problem(
            key=f"{key}.allTables",
            got="true, beside tables",
            allowed="tables, or allTables: true, one of the two",
            remedy="remove allTables",
        )
    if grant.all_tables and grant.reason is None:
        yield Problem(
            key=f"{key}.allTables",
            got="true, without a reason",
            allowed="false, or a reason beside it",
            remedy="name the tables, or write in reason why all, those made later too, and until when",
        )
    tables = bool(grant.tables or grant.all_tables)
    if not (tables or grant.sequences):
        yield Problem(
            key=f"{key}.tables",
            got="nothing",
            allowed="the tables of the schema that the verbs are for",
            remedy="name each table; all of a schema only with allTables: true and a reason",
        )
    elif bool(grant.verbs) != tables:
        yield Problem(
            key=f"{key}.verbs",
            got="nothing" if not grant.verbs else "verbs without tables",
            allowed="select, insert, update, delete, truncate, for tables",
            remedy="name at least one" if not grant.verbs else "name the tables, or remove verbs",
        )


def _by_hand(key: str, statements: Statements, grants: Sequence[TableGrant]) -> Iterator[Problem]:
    for part in ("creation", "revocation", "renew"):
        yield from _variables(f"{key}.{part}", part, getattr(statements, part))
    text = "; ".join((*statements.creation, *statements.revocation, *statements.renew))
    if _LITERAL.search(text):
        yield Problem(
            key=f"{key}.creation",
            allowed="PASSWORD '{{password}}'; a password never stands in this file",
            remedy="remove it, and change it where it was used: it is known by now",
        )
    powers = sorted({" ".join(found.upper().split()) for found in _POWERS.findall(text)})
    if powers:
        yield Problem(
            key=f"{key}.creation",
            got=", ".join(powers),
            allowed="rights on data only",
            remedy="remove it: such a credential could make others, which nobody revokes",
        )
    if _ALL.search("; ".join(statements.creation)) and not any(grant.all_tables for grant in grants):
        yield Problem(
            key=f"{key}.creation",
            got="a grant on all objects of a schema",
            allowed="the tables that grants names",
            remedy="name the tables, or say so in grants: allTables: true, with a reason",
        )


def _variables(key: str, part: str, statements: Sequence[str]) -> Iterator[Problem]:
    """What the server puts in has to be there, and nothing that it doesn't know."""
    if not statements and part != "creation":
        return  # ours are used
    text = "; ".join(statements)
    found = {name.strip() for name in _BRACES.findall(text)}
    wanted = {"creation": ("password", "expiration"), "renew": ("expiration",), "revocation": ()}[part]
    missing = [name for name in wanted if name not in found]
    if not found & {"name", "username"}:
        missing.insert(0, "name")
    if missing:
        yield Problem(
            key=key,
            got=f"statements without {_braced(missing)}",
            allowed=f"statements in which the server puts {_braced(('name', *wanted))}",
            remedy="without them a credential is shared, never ends, or can't be used; leave statements out "
            "to have them made from grants",
        )
    if unknown := sorted(found - _VARIABLES):
        yield Problem(
            key=key,
            got=f"variables that the server doesn't know, {len(unknown)} in number",
            allowed=_braced(sorted(_VARIABLES)),
            remedy="correct the name, without spaces",
        )
    if part == "revocation" and not _DROP.search(text):
        yield Problem(
            key=key,
            got="statements that drop no user",
            allowed='DROP ROLE IF EXISTS "{{name}}" among them',
            remedy="add it, or leave revocation out for ours",
        )


def _braced(names: Sequence[str]) -> str:
    return ", ".join(f"{{{{{name}}}}}" for name in names)
