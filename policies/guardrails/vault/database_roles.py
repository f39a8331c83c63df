"""Rules about the database engine's connections and roles together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from policies.guardrails.declaration import part, word
from policies.guardrails.each import Found, each, gather
from policies.guardrails.resource import Path, Resource
from policies.guardrails.rule import AnyRule, Context, StackRule, Violation
from policies.guardrails.stack import Stack
from policies.guardrails.vault.database import connections
from policies.guardrails.vault.declared import Vault, vault_of
from policies.guardrails.vault.types import (
    CONNECTION,
    DATABASE_MOUNT,
    DATABASE_ROLE,
    ENDPOINT,
    STATIC_ROLE,
    is_on,
    seconds,
    space,
)

_DAY: Final = 86_400
_ROTATE: Final = "/rotate-root/"
_TYPES: Final = (CONNECTION, DATABASE_MOUNT)
Place = tuple[str, str, str]
"""Vault namespace, mount and name of a connection."""


@dataclass(frozen=True)
class _Connection:
    """`at` is where its settings stand."""

    resource: Resource
    place: Place
    at: Path
    roles: tuple[str, ...]


def _connections(resource: Resource, context: Context) -> Iterator[_Connection]:
    own = resource.type == CONNECTION
    mount = (resource.text("backend" if own else "path") or "").strip("/")
    places = [((), "")] if own else list(connections(resource))
    for at, _ in places:
        name = resource.text(*at, "name") or ""
        where = (space(resource, context), mount, name)
        yield _Connection(resource, where, at, resource.texts(*at, "allowedRoles"))


def _bound(stack: Stack, context: Context) -> Iterator[Found]:
    found, doubt = gather(stack.of(*_TYPES), lambda r: _connections(r, context))
    by_place: dict[Place, _Connection] = {one.place: one for one in found}
    theirs = frozenset(_elsewhere(vault_of(context)))
    for one in found:
        at = (*one.at, "allowedRoles")
        if not one.roles:
            yield one.resource, Violation("allowedRoles is empty: no role may use it", at)
        for index, name in enumerate(one.roles):
            if "*" in name:
                text = "allowedRoles holds a wildcard: a role that is made later has its users made too"
                yield one.resource, Violation(text, (*at, index))
    yield from each(
        stack.of(DATABASE_ROLE, STATIC_ROLE),
        lambda role: _role(role, context, by_place, theirs, sure=doubt is None),
    )
    if doubt:
        raise doubt


def _role(
    role: Resource,
    context: Context,
    by_place: Mapping[Place, _Connection],
    theirs: frozenset[Place],
    *,
    sure: bool,
) -> Iterator[Violation]:
    connection, name = role.text("dbName") or "", role.text("name") or ""
    place = (space(role, context), (role.text("backend") or "").strip("/"), connection)
    one = by_place.get(place)
    if one is None and place not in theirs and sure:
        yield Violation(
            f"the connection {connection} is none of the stack: each lease fails", ("dbName",), True
        )
    if one is not None and name not in one.roles and "*" not in one.roles:
        yield Violation(
            f"the connection {connection} doesn't allow the role {name}: each lease fails", ("name",)
        )
    yield from _rotated(role) if role.type == STATIC_ROLE else _ttls(role)


def _ttls(role: Resource) -> Iterator[Violation]:
    usual, most = seconds(role, "defaultTtl"), seconds(role, "maxTtl")
    if not 0 < most <= _DAY:
        yield Violation(f"a credential lives up to {most:g} seconds; allowed: 1 to {_DAY}", ("maxTtl",))
    if usual <= 0:
        yield Violation("no usual life of a credential: the mount's own is up to 768 hours", ("defaultTtl",))
    elif usual > most > 0:
        yield Violation("defaultTtl is more than maxTtl", ("defaultTtl",))


def _rotated(role: Resource) -> Iterator[Violation]:
    if not seconds(role, "rotationPeriod") and not role.text("rotationSchedule"):
        yield Violation("the password of a static role is never rotated", ("rotationPeriod",))


def _elsewhere(vault: Vault) -> Iterator[Place]:
    """Connections that somebody else makes."""
    theirs = {word(p, "name") for p in vault.of("database") if p.get("type") == "existing"}
    for place, key in _declared(vault):
        if key in theirs:
            yield place


def _declared(vault: Vault) -> Iterator[tuple[Place, str]]:
    """Connections of declared secrets, and their names in the stack file."""
    for secret in vault.secrets.values():
        name = word(secret, "database", "connectionName")
        if name:
            place = (word(secret, "vaultNamespace").strip("/"), word(secret, "mount").strip("/"), name)
            yield place, word(secret, "database", "connection")


def _root(stack: Stack, context: Context) -> Iterator[Found]:
    """The admin's password must change after Vault got it, so that nobody else knows it."""
    vault = vault_of(context)
    steps, doubt = gather(stack.of(ENDPOINT), lambda r: _steps(r, context))
    rotated = frozenset(steps)
    handed = frozenset(_handed_over(vault))

    def judge(resource: Resource) -> Iterator[Violation]:
        for one in _connections(resource, context):
            at = one.at
            planned = seconds(resource, *at, "rotationPeriod") or resource.text(*at, "rotationSchedule")
            off = is_on(resource.get(*at, "disableAutomatedRotation"))
            by_step = one.place in rotated or (one.place in handed and not _has_password(resource, at))
            if not by_step and (not planned or off):
                if doubt:
                    raise doubt  # it may be the step
                yield Violation(
                    f"nothing rotates the admin's password of {one.place[2]}: whoever set it up knows it",
                    (*at, "rotationPeriod"),
                    later=True,
                )

    yield from each(stack.of(*_TYPES), judge)


def _steps(endpoint: Resource, context: Context) -> Iterator[Place]:
    mount, step, name = (endpoint.text("path") or "").strip("/").partition(_ROTATE)
    if step:
        yield space(endpoint, context), mount, name


def _handed_over(vault: Vault) -> Iterator[Place]:
    """Connections whose admin's password a hook hands over and has changed at once: no input
    shows that, so the declaration says it."""
    for place, key in _declared(vault):
        if part(vault.endpoints, key).get("adminPassword"):
            yield place


def _has_password(resource: Resource, at: Path) -> bool:
    places = [at] if at else [place for place, _ in connections(resource)]
    return any(resource.get(*place, key) for place in places for key in ("password", "passwordWo"))


RULES: Final[tuple[AnyRule, ...]] = (
    StackRule(
        id="DB-02",
        severity="high",
        title="roles and connections fit, and credentials end within a day",
        why="The server takes a role of a connection that isn't there, and a life longer than its greatest;"
        " then each lease fails, or lives on.",
        remedy="name the roles in allowedRoles, a connection of the stack in dbName, and defaultTtl up to"
        " maxTtl up to 24 hours",
        reference="https://developer.hashicorp.com/vault/api-docs/secret/databases",
        softened="A connection with `manage: existing`.",
        check=_bound,
        at=("vault:",),
        late="a connection that isn't of the stack",
    ),
    StackRule(
        id="DB-04",
        severity="high",
        title="the admin's password is rotated once Vault has it",
        why="Until then, whoever typed it in can log in to the database beside Vault, and no lease ends it.",
        remedy="set rotationPeriod or rotationSchedule, or rotate the root credentials in the same change",
        reference="https://developer.hashicorp.com/vault/docs/secrets/databases#rotate-root-credentials",
        seed='password="admin_password"',
        softened="`adminPassword` of the endpoint: a hook hands it over and has it rotated at once.",
        check=_root,
        at=(),
        late="an admin's password that nothing rotates",
    ),
)
