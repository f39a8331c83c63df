"""Handlers of the database engine: nothing dropped, no password taken, none sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from workload_secrets.sandbox.deploy.call import Ask, Call, Site
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.notes import Notes
from workload_secrets.sandbox.deploy.outcome import HandlerError, Outcome
from workload_secrets.sandbox.deploy.registry import handler_of

CONNECTION = "vault:database/secretBackendConnection:SecretBackendConnection"
DYNAMIC = "vault:database/secretBackendRole:SecretBackendRole"
STATIC = "vault:database/secretBackendStaticRole:SecretBackendStaticRole"
URL = "postgresql://{{username}}:{{password}}@db:5432/app?sslmode=verify-full&sslrootcert=/ca.pem"
GIVEN: dict[str, Any] = {
    "backend": "database",
    "name": "postgres",
    "allowedRoles": ["report", "api-role"],
    "verifyConnection": False,
    "postgresql": {
        "connectionUrl": URL,
        "username": "vault_admin",
        "usernameTemplate": "{{ random 20 }}",
        "passwordAuthentication": "scram-sha-256",
        "maxOpenConnections": 4,
        "maxIdleConnections": 0,
        "maxConnectionLifetime": 60,
    },
}
ROLE: dict[str, Any] = {
    "backend": "database",
    "name": "api-role",
    "dbName": "postgres",
    "creationStatements": ["a"],
    "defaultTtl": 60,
    "maxTtl": 600,
}


class Vault:
    """Keeps what is written, as the real engine answers it."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.sent: list[Mapping[str, Any]] = []

    def read(self, path: str, **_: object) -> Mapping[str, Any] | None:
        return self.kept.get(path)

    def send(self, _method: str, path: str, body: Mapping[str, Any], **_kw: object) -> None:
        self.sent.append(body)
        if "/config/" in path:
            outer = ("plugin_name", "allowed_roles")
            details = {k: v for k, v in body.items() if k not in (*outer, "verify_connection")}
            self.kept[path] = {**{k: body[k] for k in outer}, "connection_details": details}
        else:
            self.kept[path] = dict(body)


@pytest.fixture
def vault() -> Vault:
    return Vault()


def make(vault: Vault, type_: str, inputs: Mapping[str, Any]) -> Outcome:
    call = Call(
        urn="urn",
        type=type_,
        name="it",
        provider=vault,
        site=Site(),
        notes=Notes(),
        ask=Ask(lambda _: None),
    )
    return handler_of(type_)(call, Inputs(inputs))


def test_a_connection_is_made_then_the_same_then_updated_without_a_password(vault: Vault):
    assert make(vault, CONNECTION, GIVEN).state == "created"
    assert make(vault, CONNECTION, GIVEN).state == "same"
    assert make(vault, CONNECTION, {**GIVEN, "allowedRoles": ["cleaner"]}).state == "updated"
    assert [body["allowed_roles"] for body in vault.sent] == [["api-role", "report"], ["cleaner"]]
    assert all("password" not in body and body["verify_connection"] is False for body in vault.sent)


@pytest.mark.parametrize("part", ["password", "passwordWo"])
def test_a_password_in_an_input_is_refused(vault: Vault, part: str):
    wrong = {**GIVEN, "postgresql": {**GIVEN["postgresql"], part: "hunter2"}}
    with pytest.raises(HandlerError) as refused:
        make(vault, CONNECTION, wrong)
    assert f"input postgresql.{part} is set" in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        (CONNECTION, {**GIVEN, "postgresql": {**GIVEN["postgresql"], "tlsCa": "x"}}),
        (CONNECTION, {**GIVEN, "rootRotationStatements": ["x"]}),
        (CONNECTION, {**GIVEN, "verifyConnection": True}),
        (CONNECTION, {**GIVEN, "pluginName": "mysql-database-plugin"}),
        (DYNAMIC, {**ROLE, "credentialType": "rsa_private_key"}),
        (
            STATIC,
            {"backend": "database", "name": "n", "dbName": "p", "username": "u", "rotationWindow": 3600},
        ),
        (
            STATIC,
            {"backend": "database", "name": "n", "dbName": "p", "username": "u", "skipImportRotation": True},
        ),
    ],
)
def test_an_input_that_is_not_handled_is_named(vault: Vault, type_: str, inputs: dict[str, Any]):
    with pytest.raises(HandlerError, match="input"):
        make(vault, type_, inputs)
    assert vault.sent == []


@pytest.mark.parametrize(
    ("type_", "inputs", "path"),
    [
        (DYNAMIC, ROLE, "database/roles/api-role"),
        (
            STATIC,
            {
                "backend": "database",
                "name": "nightly",
                "dbName": "postgres",
                "username": "nightly",
                "rotationPeriod": 86400,
            },
            "database/static-roles/nightly",
        ),
    ],
)
def test_a_role_is_made_once_and_known_by_its_path(vault: Vault, type_: str, inputs: Any, path: str):
    assert make(vault, type_, inputs).state == "created"
    again = make(vault, type_, inputs)
    assert (again.state, again.outputs["id"]) == ("same", path)
