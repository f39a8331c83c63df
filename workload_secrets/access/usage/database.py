"""Using database credentials as a workload does: exactly the declared rights, and then gone.

Each reader logs in, gets a credential, connects to PostgreSQL and tries every verb on every
granted table and on two that nobody was granted. What it changes is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

from workload_secrets.access.observed.attempt import Attempt
from workload_secrets.access.observed.vault import NO_CONTENT, OK, VaultLogin
from workload_secrets.access.usage import database_rights as rights
from workload_secrets.access.usage.context import Usage, UsageContext
from workload_secrets.access.verbs import path_of
from workload_secrets.declaration.secret import DatabaseFacts, Secret
from workload_secrets.outside import listed
from workload_secrets.sandbox import databases, postgres
from workload_secrets.sandbox.databases import server_of

_DONE: Final = (OK, NO_CONTENT)
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_WRONG_PASSWORD: Final = "28P01"  # noqa: S105 a code
_CLOCK_SECONDS: Final = 60.0
"""Two servers' clocks and the time between two questions."""


class _Failed(Exception):  # noqa: N818 - it becomes a line, not an error of the program
    """Something that was granted did not work; the text names no value."""


def prove(context: UsageContext) -> Usage:
    """What came of using every database secret, and of the admins' first passwords."""
    lines: list[str] = []
    problems: list[str] = []
    for name, secret in context.of("database").items():
        for user in context.users(name, "read"):
            try:
                lines.append(f"{name}: {user} {_used(context, secret, user)}")
            except _Failed as failed:
                problems.append(f"{name}: {user} {failed}")
    for connection in _made_connections(context):
        found = tuple(_wrong(context, connection))
        problems += [f"connection {connection}: {text}" for text in found]
        if not found:
            lines.append(
                f"connection {connection}: the admin's first password is refused since its rotation; no role "
                "but the declared may use it"
            )
    return Usage(tuple(lines), tuple(problems))


def _wrong(context: UsageContext, connection: str) -> Iterator[str]:
    """What a connection that the stack makes itself has other than declared."""
    secrets = [secret for secret in context.of("database").values() if _of(secret, connection)]
    facts, declared = secrets[0].database, {secret.path for secret in secrets}
    if facts is None or context.admin is None:
        return
    file = databases.password_file(context.sandbox, context.stack, connection)
    if _opens(context, facts, facts.admin, file.read_text()):
        yield "the admin's first password still works, so more than the Vault server can use it"
    path = f"{secrets[0].mount}/config/{facts.connection_name}"
    answer = context.admin.at(secrets[0]).call("GET", path)
    roles: list[str] = answer.part("data", "allowed_roles") if answer.status == OK else []
    if set(roles) != declared:
        found, wanted = (listed(sorted(map(str, names))) or "none" for names in (roles, declared))
        yield f"the roles {found} may use it, and declared are {wanted}"


def _used(context: UsageContext, secret: Secret, user: str) -> str:
    facts = secret.database
    if facts is None or context.admin is None:
        raise _Failed("could not be tried: the sandbox has no Vault")
    login = context.vault_login(user)
    if isinstance(login, Attempt):
        raise _Failed(f"can't log in: {login.reason}")
    if facts.static_username is not None:
        return _static(context, secret, facts, login)
    return _dynamic(context, secret, facts, login)


def _dynamic(context: UsageContext, secret: Secret, facts: DatabaseFacts, login: VaultLogin) -> str:
    answer = _read(login, secret)
    lease, user, password = answer["lease_id"], answer["data"]["username"], answer["data"]["password"]
    session = _connect(context, facts, user, password)
    try:
        tried = rights.tried(session, facts)
        if tried.differences:
            raise _Failed("has other rights than declared: " + "; ".join(tried.differences))
        _renew(context, login, secret, facts, lease, user)
        _revoke(context, secret, lease)
        if _alive(session):
            raise _Failed("still has its session after the credential was revoked")
    finally:
        rights.close(session)
    if _there(context, facts, user):
        raise _Failed("was revoked, and its user is still in the database")
    _revoke_all(context, secret)
    uses = f"of {tried.allowed + tried.refused} uses {tried.allowed} are allowed and {tried.refused} refused"
    return (
        f"got a user for {answer['lease_duration']} s: {uses}, as declared; renewed; revoked, its session "
        "ended and the user is gone"
    )


def _static(context: UsageContext, secret: Secret, facts: DatabaseFacts, login: VaultLogin) -> str:
    before = _read(login, secret)["data"]
    if before["username"] != facts.static_username:
        raise _Failed("got another user than the declared one")
    rights.close(_connect(context, facts, before["username"], before["password"]))
    _admin(context, secret, f"{secret.mount}/rotate-role/{secret.path}", {})
    after = _read(login, secret)["data"]
    rights.close(_connect(context, facts, after["username"], after["password"]))
    if after["password"] == before["password"]:
        raise _Failed("has the same password after a rotation")
    if _opens(context, facts, before["username"], before["password"]):
        raise _Failed("can use the old password after a rotation")
    return f"logged in as {facts.static_username}; rotated: the new password works, the old one is refused"


def _read(login: VaultLogin, secret: Secret) -> dict[str, Any]:
    answer = login.at(secret).call("GET", path_of(secret, "read"))
    if answer.status != OK:
        raise _Failed(f"gets no credential: HTTP {answer.status} {answer.errors}".rstrip())
    return answer.data


def _renew(
    context: UsageContext, login: VaultLogin, secret: Secret, facts: DatabaseFacts, lease: str, user: str
) -> None:
    """As an agent does it, up to the longest declared life, which the user's own end follows."""
    longest = facts.max_ttl_seconds or 0
    body = {"lease_id": lease, "increment": longest}
    answer = login.at(secret).call("POST", "sys/leases/renew", body)
    if answer.status != OK:
        raise _Failed(f"can't renew its credential: HTTP {answer.status} {answer.errors}".rstrip())
    row = _superuser(
        context,
        facts,
        "SELECT extract(epoch FROM rolvaliduntil - now()) FROM pg_roles WHERE rolname = :name",
        name=user,
    )
    left, given = float(row[0][0] or 0), float(answer.data.get("lease_duration", 0))
    if left < given - _CLOCK_SECONDS:
        raise _Failed(f"renewed its lease to {given:.0f} s, and its password ends in {left:.0f} s")


def _revoke(context: UsageContext, secret: Secret, lease: str) -> None:
    _admin(context, secret, "sys/leases/revoke", {"lease_id": lease, "sync": True})


def _revoke_all(context: UsageContext, secret: Secret) -> None:
    """What the attempts got: a workload's own token may not revoke."""
    _admin(context, secret, f"sys/leases/revoke-prefix/{path_of(secret, 'read')}", {"sync": True})


def _admin(context: UsageContext, secret: Secret, path: str, body: object) -> None:
    if context.admin is None:
        raise _Failed("could not be tried: the sandbox has no Vault")
    answer = context.admin.at(secret).call("POST", path, body)
    if answer.status not in _DONE:
        raise _Failed(f"met a failure at {path}: HTTP {answer.status} {answer.errors}".rstrip())


def _connect(context: UsageContext, facts: DatabaseFacts, user: str, password: str) -> Any:
    """A session over TLS with the server's name verified, by SCRAM."""
    from pg8000.exceptions import Error

    server = server_of(context.sandbox, context.declaration, facts.connection)
    try:
        return postgres.connect(server, context.sandbox.ca_file, user, password, facts.database)
    except (Error, OSError) as error:
        raise _Failed(f"can't connect to the database: {postgres.said(error)}") from None


def _opens(context: UsageContext, facts: DatabaseFacts, user: str, password: str) -> bool:
    """Whether a password works. Only a refused one counts as not."""
    from pg8000.exceptions import DatabaseError

    server = server_of(context.sandbox, context.declaration, facts.connection)
    try:
        session = postgres.connect(server, context.sandbox.ca_file, user, password, facts.database)
    except DatabaseError as error:
        if postgres.code(error) == _WRONG_PASSWORD:
            return False
        raise _Failed(f"can't be tried with the old password: {postgres.said(error)}") from None
    rights.close(session)
    return True


def _there(context: UsageContext, facts: DatabaseFacts, user: str) -> bool:
    return bool(_superuser(context, facts, "SELECT 1 FROM pg_roles WHERE rolname = :name", name=user))


def _superuser(context: UsageContext, facts: DatabaseFacts, query: str, **values: str) -> list[Any]:
    server = server_of(context.sandbox, context.declaration, facts.connection)
    session = postgres.superuser(server, context.sandbox.ca_file, facts.database)
    try:
        return cast("list[Any]", session.run(query, **values))
    finally:
        session.close()


def _alive(session: Any) -> bool:
    from pg8000.exceptions import Error

    try:
        session.run("SELECT 1")
    except (Error, OSError):
        return False
    return True


def _made_connections(context: UsageContext) -> Iterator[str]:
    """The connections that the stack makes itself, and so hands a password over for."""
    for item in context.declaration.prerequisites:
        if item.kind == "database" and item.type == "create" and item.name:
            yield item.name


def _of(secret: Secret, connection: str) -> bool:
    return secret.database is not None and secret.database.connection == connection
