"""The database engine: connections without a password, dynamic and static roles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from workload_secrets.sandbox.deploy.call import Call
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.outcome import HandlerError, Outcome, State, whole
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider
from workload_secrets.sandbox.deploy.vault.times import read as read_time
from workload_secrets.sandbox.deploy.vault.times import written

_PLUGIN: Final = "postgresql-database-plugin"
_LIFETIME: Final = "max_connection_lifetime"
_DETAILS: Final[Mapping[str, str]] = {
    "connection_url": "connectionUrl",
    "username": "username",
    "username_template": "usernameTemplate",
    "password_authentication": "passwordAuthentication",
}
_COUNTS: Final[Mapping[str, tuple[str, int]]] = {
    "max_open_connections": ("maxOpenConnections", 4),
    "max_idle_connections": ("maxIdleConnections", 0),
}
_NAMES: Final = {
    **_DETAILS,
    **{key: camel for key, (camel, _) in _COUNTS.items()},
    _LIFETIME: "maxConnectionLifetime",
}


def connection(call: Call, inputs: Inputs) -> Outcome:
    """vault:database/secretBackendConnection:SecretBackendConnection of PostgreSQL.

    Like the provider it sends no password that it was not given, so an update leaves the
    server's own alone. One that is given is refused: it would stand in Pulumi's state.
    """
    vault: VaultProvider = call.provider
    backend, name = inputs.text("backend").strip("/"), inputs.text("name")
    namespace = inputs.optional_text("namespace") or ""
    roles = sorted(inputs.texts("allowedRoles"))
    inputs.only("pluginName", _PLUGIN)
    if inputs.only("verifyConnection", False) is not None:
        call.notes.not_enforced("verifyConnection of a database connection: it says what a write does, once")
    given = inputs.given("postgresql")
    details = inputs.nested("postgresql")
    inner: dict[str, Any] = {key: details.optional_text(camel) or "" for key, camel in _DETAILS.items()}
    inner |= {key: details.number(camel, default) for key, (camel, default) in _COUNTS.items()}
    inner[_LIFETIME] = details.number("maxConnectionLifetime", 0) or 0
    for secret in ("password", "passwordWo"):
        if details.take(secret) is not None:
            raise HandlerError(f"input postgresql.{secret} is set: it would stand in Pulumi's state")
    inputs.finish()
    path = f"{backend}/config/{name}"
    wanted = {"plugin_name": _PLUGIN, "allowed_roles": roles, "connection_details": inner}

    def read() -> Mapping[str, Any] | None:
        found = vault.read(path, namespace=namespace)
        if found is None:
            return None
        kept: Mapping[str, Any] = found.get("connection_details") or {}
        now = {key: kept.get(key, "") for key in inner}
        return {
            "plugin_name": found.get("plugin_name"),
            "allowed_roles": sorted(found.get("allowed_roles") or []),
            "connection_details": {**now, _LIFETIME: read_time(now[_LIFETIME])},
        }

    def put() -> None:
        body = {"plugin_name": _PLUGIN, "allowed_roles": roles, "verify_connection": False, **inner}
        body[_LIFETIME] = written(inner[_LIFETIME])
        vault.send("POST", path, body, namespace=namespace)

    state, found = _settled(call, f"connection {path}", wanted, read, put, path, namespace)
    outputs: dict[str, Any] = {"id": path, "backend": backend, "name": name}
    now = found["connection_details"]
    asked: Mapping[str, Any] = given or {}
    differs = {
        camel: now[key]
        for key, camel in _NAMES.items()
        if now[key] != (inner[key] if asked.get(camel) is None else asked[camel])
    }
    if given is None and differs:
        inputs.unasked.add("postgresql")
    outputs |= inputs.shown({"allowedRoles": "allowed_roles", "pluginName": "plugin_name"}, wanted, found)
    return Outcome(state=state, outputs={**outputs, "postgresql": {**asked, **differs}})


def dynamic_role(call: Call, inputs: Inputs) -> Outcome:
    """vault:database/secretBackendRole:SecretBackendRole."""
    wanted: dict[str, Any] = {
        "db_name": inputs.text("dbName"),
        "creation_statements": _statements(inputs.texts("creationStatements")),
        "revocation_statements": _statements(inputs.texts("revocationStatements")),
        "renew_statements": _statements(inputs.texts("renewStatements")),
        "rollback_statements": _statements(inputs.texts("rollbackStatements")),
        "default_ttl": inputs.number("defaultTtl", 0) or 0,
        "max_ttl": inputs.number("maxTtl", 0) or 0,
    }
    return _role(call, inputs, "roles", wanted)


def static_role(call: Call, inputs: Inputs) -> Outcome:
    """vault:database/secretBackendStaticRole:SecretBackendStaticRole. Making it changes the
    user's password at once."""
    wanted: dict[str, Any] = {"db_name": inputs.text("dbName"), "username": inputs.text("username")}
    period = inputs.number("rotationPeriod")
    schedule, window = inputs.optional_text("rotationSchedule"), inputs.number("rotationWindow")
    if schedule or window:
        raise HandlerError("input rotationSchedule is Vault's: OpenBao rotates by rotationPeriod only")
    wanted["rotation_period"] = period or 0
    return _role(call, inputs, "static-roles", wanted)


def _role(call: Call, inputs: Inputs, folder: str, wanted: Mapping[str, Any]) -> Outcome:
    vault: VaultProvider = call.provider
    backend, name = inputs.text("backend").strip("/"), inputs.text("name")
    namespace = inputs.optional_text("namespace") or ""
    inputs.finish()
    path = f"{backend}/{folder}/{name}"

    def read() -> Mapping[str, Any] | None:
        found = vault.read(path, namespace=namespace)
        if found is None:
            return None
        return {key: found.get(key) or type(value)() for key, value in wanted.items()}

    def put() -> None:
        vault.send("POST", path, wanted, namespace=namespace)

    state, found = _settled(call, f"role {path}", wanted, read, put, path, namespace)
    names = {_camel(key): key for key in wanted}
    reads = {name: _statements for name in names if name.endswith("Statements")}
    outputs = inputs.shown(names, wanted, found, reads=reads)
    return Outcome(state=state, outputs={**outputs, "id": path, "backend": backend, "name": name})


def _settled(
    call: Call,
    what: str,
    wanted: Mapping[str, Any],
    read: Callable[[], Mapping[str, Any] | None],
    put: Callable[[], None],
    path: str,
    namespace: str,
) -> tuple[State, Mapping[str, Any]]:
    def delete() -> None:
        call.provider.send("DELETE", path, namespace=namespace)

    managed = whole(what, wanted, read, put, delete)
    return call.settle(managed)


def _statements(given: list[str]) -> list[str]:
    """The server trims each."""
    return [text.strip() for text in given]


def _camel(key: str) -> str:
    first, *rest = key.split("_")
    return first + "".join(part.capitalize() for part in rest)
