"""Rules about single parts of the database engine: connections and what roles run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from policies.guardrails.resource import Path, Resource
from policies.guardrails.rule import AnyRule, Context, Rule, Violation
from policies.guardrails.vault.types import CONNECTION, DATABASE_MOUNT, DATABASE_ROLE, ENDPOINT, is_on

_ENGINES: Final = (
    "postgresql",
    "redshift",
    "mysql",
    "mysqlAurora",
    "mysqlLegacy",
    "mysqlRds",
    "mssql",
    "mongodb",
    "oracle",
    "hana",
    "snowflake",
    "cassandra",
    "couchbase",
    "elasticsearch",
    "influxdb",
    "mongodbatlas",
    "redis",
    "redisElasticache",
)
_PLURALS: Final[Mapping[str, str]] = {
    "mysqlAuroras": "mysqlAurora",
    "mysqlLegacies": "mysqlLegacy",
    "mysqlRds": "mysqlRds",
    "hanas": "hana",
    "redis": "redis",
    "redisElasticaches": "redisElasticache",
    **{f"{engine}s": engine for engine in _ENGINES},
}
_PASSWORDS: Final = ("password", "passwordWo", "privateKey", "serviceAccountJson")
_POSTGRES: Final = frozenset({"postgresql", "redshift"})
_MYSQL: Final = frozenset({"mysql", "mysqlAurora", "mysqlLegacy", "mysqlRds"})
_SSL_MODE: Final = re.compile(r"(?:[?&\s]|^)sslmode\s*=\s*'?([a-z-]+)")
_TLS: Final = re.compile(r"[?&](?:tls|ssl)=([a-z-]+)", re.IGNORECASE)
_ENCRYPT: Final = re.compile(r"(?:^|[;?&])\s*encrypt\s*=\s*(\w+)", re.IGNORECASE)
_TRUST: Final = re.compile(r"(?:^|[;?&])\s*trustservercertificate\s*=\s*true", re.IGNORECASE)
_USER: Final = re.compile(r"\{\{\s*username\s*\}\}")
_SECRET: Final = re.compile(r"\{\{\s*password\s*\}\}")
_NAME: Final = re.compile(r"\{\{\s*(?:name|username)\s*\}\}")
_END: Final = re.compile(r"\{\{\s*expiration\s*\}\}")
_ALL: Final = re.compile(r"\bgrant\s+all\b", re.IGNORECASE)
_RIGHTS: Final = re.compile(
    r"\b(superuser|createrole|createdb|bypassrls|replication|sysadmin)\b", re.IGNORECASE
)
_MYSQL_USER: Final = re.compile(r"\bidentified\b", re.IGNORECASE)


def connections(resource: Resource) -> Iterator[tuple[Path, str]]:
    """Where each connection's settings stand, and its engine's name."""
    if resource.type == CONNECTION:
        yield from (((engine,), engine) for engine in _ENGINES if resource.get(engine))
        return
    for key, engine in _PLURALS.items():
        yield from (((key, index), engine) for index in range(len(resource.items(key))))


def _is_connection(path: str) -> bool:
    """Whether a connection may stand at a path: MOUNT/config/NAME, where no mount has these names."""
    return "/config/" in path and not path.startswith(("sys/", "auth/", "identity/"))


def _templated(resource: Resource, _: Context) -> Iterator[Violation]:
    if resource.type == ENDPOINT:
        written = (resource.text("path") or "").strip("/")
        if _is_connection(written) and "connection_url" in (resource.text("dataJson") or ""):
            yield Violation("a connection that is written by hand: no rule can judge it", ("dataJson",))
        return
    for place, engine in connections(resource):
        for key in _PASSWORDS:
            if resource.object(*place).get(key) not in (None, ""):
                yield Violation(
                    f"{key} is in the stack's state; the server alone should know it", (*place, key)
                )
        url = resource.text(*place, "connectionUrl")
        if url is None:
            yield from _flags(resource, place)
            continue
        at = (*place, "connectionUrl")
        if not (_USER.search(url) and _SECRET.search(url)) and not _without_password(resource, place):
            yield Violation("the address doesn't hold {{username}} and {{password}}: it has its own", at)
        if not _verified(url, engine, resource, place):
            yield Violation(f"the address doesn't verify the database: {_remedy(engine)}", at)


def _without_password(resource: Resource, place: Path) -> bool:
    """A login by the platform's identity, by certificate, or by each user's own password."""
    return bool(
        resource.text(*place, "authType")
        or resource.get(*place, "tlsCertificate")
        or resource.flag(*place, "selfManaged")
    )


def _flags(resource: Resource, place: Path) -> Iterator[Violation]:
    """Engines without an address in one text say it by switches."""
    for key in ("insecureTls", "insecure"):
        if is_on(resource.get(*place, key)):
            yield Violation(f"{key}: the database isn't verified", (*place, key))
    if "tls" in resource.object(*place) and not is_on(resource.get(*place, "tls")):
        yield Violation("tls is off: passwords cross in clear", (*place, "tls"))
    url = resource.text(*place, "url")
    if url is not None and not url.startswith("https://"):
        yield Violation("the address is not https", (*place, "url"))


def _verified(url: str, engine: str, resource: Resource, place: Path) -> bool:
    if engine in _POSTGRES:
        return _SSL_MODE.findall(url)[-1:] == ["verify-full"]
    if engine in _MYSQL:
        found = _TLS.search(url)
        own = bool(resource.get(*place, "tlsCa"))
        return own if found is None else found[1].lower() not in {"false", "skip-verify", "preferred"}
    if engine == "mssql":
        found = _ENCRYPT.search(url)
        return bool(found) and found[1].lower() in {"true", "strict"} and not _TRUST.search(url)
    if engine == "mongodb":
        found = _TLS.search(url)
        safe = found[1].lower() == "true" if found else url.startswith("mongodb+srv://")
        return safe and not re.search(r"tlsinsecure=true|tlsallowinvalid\w+=true", url, re.IGNORECASE)
    return True


def _remedy(engine: str) -> str:
    return "sslmode=verify-full is missing" if engine in _POSTGRES else "TLS with verification is missing"


def _statements(resource: Resource, _: Context) -> Iterator[Violation]:
    made = resource.texts("creationStatements")
    at = ("creationStatements",)
    text = "\n".join(made)
    if not text.strip():
        yield Violation("no creation statement: the server makes a user by its own default", at)
        return
    if text.lstrip().startswith("{"):
        return  # a document database: the server names the user itself
    if not _NAME.search(text):
        yield Violation("{{name}} is missing: every credential is the same user", at)
    if resource.text("credentialType") in (None, "", "password"):
        if not _SECRET.search(text):
            yield Violation("{{password}} is missing: every credential has the same password", at)
        if not _END.search(text) and not _MYSQL_USER.search(text):
            yield Violation("{{expiration}} is missing: the user outlives its lease if revoking fails", at)
    if not "".join(resource.texts("revocationStatements")).strip():
        yield Violation(
            "no revocation statement: the server's default fails once the user owns something",
            ("revocationStatements",),
        )
    for index, statement in enumerate(made):
        if _ALL.search(statement):
            yield Violation("a statement grants all privileges", (*at, index))
        if found := _RIGHTS.search(statement):
            yield Violation(f"a statement gives {found[1].upper()}", (*at, index))


RULES: Final[tuple[AnyRule, ...]] = (
    Rule(
        id="DB-01",
        severity="critical",
        title="a connection has no password of its own, and verifies the database",
        why="A password in the address or in an input is in the stack's state; without verification it is"
        " handed to whoever answers.",
        remedy="write {{username}}, {{password}} and sslmode=verify-full; hand the password over outside the"
        " stack, and have the server rotate it",
        reference="https://developer.hashicorp.com/vault/docs/secrets/databases/postgresql",
        seed='password="admin_password"',
        types=(CONNECTION, DATABASE_MOUNT, ENDPOINT),
        check=_templated,
    ),
    Rule(
        id="DB-03",
        severity="high",
        title="each credential is a user of its own, with few rights, that ends",
        why="Without the placeholders all share one user or password; without revocation a user stays.",
        remedy="use {{name}}, {{password}} and {{expiration}}, grant single rights, and write revocation"
        " statements",
        reference="https://developer.hashicorp.com/vault/docs/secrets/databases/postgresql",
        seed="vault write database/roles/api-role",
        types=(DATABASE_ROLE,),
        check=_statements,
    ),
)
