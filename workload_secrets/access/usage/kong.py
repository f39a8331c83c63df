"""Every vault of every Kong gateway: the gateway's own login, each reference, and who is refused.

Kong is not run: `workload_secrets.kong.resolver` does what its vault does, request by request,
driven by the entity's fields alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from workload_secrets.access.observed.attempt import digest
from workload_secrets.access.observed.attempts import kv
from workload_secrets.access.observed.vault import ABSENT, VaultLogin
from workload_secrets.access.principals import WRONG_AUDIENCE
from workload_secrets.access.usage import gateway_logins
from workload_secrets.access.usage.context import Usage, UsageContext
from workload_secrets.access.usage.gateway_logins import Room
from workload_secrets.decide.answer import Answer
from workload_secrets.declaration import Grant
from workload_secrets.declaration.gateway import GatewayReference
from workload_secrets.errors import ServerError
from workload_secrets.kong.entity import Entity
from workload_secrets.kong.logins import Brought
from workload_secrets.kong.reference import Reference, parse
from workload_secrets.kong.resolver import Resolved, Session
from workload_secrets.kong.unresolved import SERVER_FAILED, Unresolved

_ABSENT: Final = "workload-secrets-absent"
_VERSIONS: Final = 10
"""How many versions are written at most until a pinned one is there."""


class Wrong(Exception):  # noqa: N818 reads better
    """Something isn't as declared; the text says what."""


def prove(context: UsageContext) -> Usage:
    """Some lines for each vault of a gateway."""
    lines: list[str] = []
    problems: list[str] = []
    for room in gateway_logins.rooms(context):
        try:
            lines += [f"{room.name}: {line}" for line in _room(context, room)]
        except (Wrong, Unresolved, ServerError) as error:
            problems.append(f"{room.name}: {error}")
    return Usage(tuple(lines), tuple(problems))


def _room(context: UsageContext, room: Room) -> Iterator[str]:
    given = gateway_logins.kong_vault(context, room)
    entity = Entity(room.vault.config if given is None else _as_declared(room, given))
    session = _logged_in(context, room, entity)
    written = [item for item in room.references if item.secret in context.expected]
    # Canaries are no base64: their values are compared as they are stored.
    plain = Session(entity.with_options({"base64_decode": "false"}), session.http)
    for item in room.references:
        if item in written:
            _reference(context, plain, item)
        _refused_value(session, item, entity, written=item in written)
    refused = _others_refused(context, room, session)
    method, count = entity.text("auth_method"), len(written)
    object_ = "" if given is None else f"; its fields are those of KongVault {room.vault.kong_vault}"
    yield (
        f"{room.who} logs in by {method} and resolves {count} reference{'' if count == 1 else 's'}; "
        f"{refused} other secret{'' if refused == 1 else 's'} refused{object_}"
    )
    if unwritten := len(room.references) - count:
        yield f"{unwritten} reference{'' if unwritten == 1 else 's'} may be read; nobody here writes a value"
    yield from _refused_logins(context, room, entity)
    yield from _changes(context, plain, written)


def _as_declared(room: Room, found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of the object, which are what the gateway gets. A role id is known only when
    the role is made; whether it is the right one, the login shows."""
    declared = room.vault.config
    names = (found.keys() | declared.keys()) - room.vault.given.keys()
    wrong = sorted(name for name in names if found.get(name) != declared.get(name))
    if wrong:
        raise Wrong(f"KongVault {room.vault.kong_vault} says otherwise than declared: {', '.join(wrong)}")
    return found


def _logged_in(context: UsageContext, room: Room, entity: Entity) -> Session:
    brought = gateway_logins.brought(context, room, entity.fields)
    return gateway_logins.gateway(context, room, entity.fields, brought).log_in()


# --- references ---


def _reference(context: UsageContext, session: Session, item: GatewayReference) -> None:
    """It resolves, and to exactly what was written for this key."""
    reference = parse(item.text)
    if reference.version is not None:
        _written_up_to(context, session, item, reference)
    found = session.resolve(reference)
    if reference.version is not None:
        if found.version != reference.version:
            raise Wrong(f"{item.text}: gave version {found.version}")
        newest = session.resolve(replace(reference, version=None))
        if newest.version != found.version:
            return
    _same(context, item, reference, found)


def _refused_value(session: Session, item: GatewayReference, entity: Entity, *, written: bool) -> None:
    """What Kong refuses after it was let in: plain text where base64 is declared, and a secret
    that nobody has written yet."""
    if written and not entity.flag("base64_decode"):
        return
    try:
        session.resolve(parse(item.text))
    except Unresolved as error:
        if (error.step == "value" and "is not base64" in str(error)) if written else error.status == ABSENT:
            return
        raise
    raise Wrong(f"{item.text}: resolves {'without being decoded' if written else 'to what nobody wrote'}")


def _same(context: UsageContext, item: GatewayReference, reference: Reference, found: Resolved) -> None:
    expected = context.expected.get(item.secret, {})
    if reference.key is not None and digest(found.value) != expected.get(reference.key):
        raise Wrong(f"{item.text}: resolves to something else than what was written to {item.secret}")


def _written_up_to(
    context: UsageContext, session: Session, item: GatewayReference, reference: Reference
) -> None:
    """New values until the pinned version is there: everything here was written a moment ago."""
    pinned = reference.version or 0
    for _ in range(_VERSIONS):
        if (session.resolve(replace(reference, version=None)).version or 0) >= pinned:
            return
        context.rewrite(item.secret)
    raise Wrong(f"{item.text}: version {pinned} is too far off to be tried")


def _others_refused(context: UsageContext, room: Room, session: Session) -> int:
    """The same login at every other declared secret."""
    namespace = Entity(room.vault.config).text("namespace")
    login, count = VaultLogin(session.http, namespace), 0
    for name, secret in context.of("vault").items():
        if Grant(secret=name, verb="read") in room.principal.grants:
            continue
        attempt = kv.attempt(login, secret, "read")
        if attempt.answer is not Answer.NO:
            raise Wrong(f"{room.who} gets to {name}, which it is not declared to read: {attempt.reason}")
        count += 1
    return count


# --- logins that must fail ---


def _refused_logins(context: UsageContext, room: Room, entity: Entity) -> Iterator[str]:
    method = entity.text("auth_method")
    if method == "kubernetes":
        for name, token in gateway_logins.other_accounts(context, room):
            _refused(context, room, entity, gateway_logins.pod(entity, token), f"ServiceAccount {name}")
            yield f"ServiceAccount {name} is refused on the role"
    elif method == "approle":
        yield _wrapped(context, room, entity)
    elif method == "cert":
        _refused(context, room, entity, Brought(), "without a certificate")
        yield "without the client certificate the login is refused"
    elif method in ("oauth2", "jwt"):
        other = Brought(access_token=context.token(room.who, WRONG_AUDIENCE))
        _refused(context, room, entity, other, "a token for another audience")
        yield "a token for another audience is refused on the role"


def _refused(context: UsageContext, room: Room, entity: Entity, brought: Brought, what: str) -> None:
    try:
        gateway_logins.gateway(context, room, entity.fields, brought).log_in()
    except Unresolved as error:
        if error.step == "login" and (error.status or 0) < SERVER_FAILED:
            return
        raise
    raise Wrong(f"{what} logs in as {room.who}")


def _wrapped(context: UsageContext, room: Room, entity: Entity) -> str:
    """Both ways of handing over, whichever is declared; a wrapping token serves once."""
    plain = {**entity.fields, "approle_response_wrapping": False}
    brought = gateway_logins.machine(context, room, entity, wrapping=False)
    gateway_logins.gateway(context, room, plain, brought).log_in()
    wrapping = {**entity.fields, "approle_response_wrapping": True}
    brought = gateway_logins.machine(context, room, entity, wrapping=True)
    gateway_logins.gateway(context, room, wrapping, brought).log_in()
    try:
        gateway_logins.gateway(context, room, wrapping, brought).log_in()
    except Unresolved as error:
        if error.step != "unwrap":
            raise
        return "logs in with a plain and with a wrapped secret id; the used wrapping token is refused"
    raise Wrong("a used wrapping token is good for another login")


# --- what changes ---


def _changes(context: UsageContext, session: Session, written: Sequence[GatewayReference]) -> Iterator[str]:
    for item in written:
        reference = replace(parse(item.text), version=None)
        if reference.key is None:
            continue
        _missing_key(session, reference)
        version = _new_version(context, session, item, reference)
        yield (
            f"a new version of {item.secret} resolves at once, and #{version} still gives the old value; "
            "a key that isn't there is named"
        )
        return


def _new_version(
    context: UsageContext, session: Session, item: GatewayReference, reference: Reference
) -> int | None:
    old = session.resolve(reference)
    context.rewrite(item.secret)
    new, pinned = session.resolve(reference), session.resolve(replace(reference, version=old.version))
    _same(context, item, reference, new)
    if (pinned.version, pinned.value) != (old.version, old.value) or new.version == old.version:
        raise Wrong(f"{item.text}: #{old.version} gives another value than before version {new.version}")
    return old.version


def _missing_key(session: Session, reference: Reference) -> None:
    try:
        session.resolve(replace(reference, key=_ABSENT))
    except Unresolved as error:
        if error.step == "value" and f"no key {_ABSENT}" in str(error):
            return
        raise
    raise Wrong(f"{reference.path} has a key {_ABSENT}")
