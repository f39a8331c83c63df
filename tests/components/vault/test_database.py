"""The database engine's mount, connection and roles: no password in any input."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.vault import database_connection, database_mount, database_role
from components.vault.database_connection import DatabaseConnection, DatabaseConnectionArgs
from components.vault.database_mount import DatabaseMount, DatabaseMountArgs
from components.vault.database_role import DatabaseRole, DatabaseRoleArgs
from tests.engine import declare, inside
from workload_secrets.graph.model import Graph, Mode

MOUNT = "vault:index/mount:Mount"
CONNECTION = "vault:database/secretBackendConnection:SecretBackendConnection"
DYNAMIC = "vault:database/secretBackendRole:SecretBackendRole"
STATIC = "vault:database/secretBackendStaticRole:SecretBackendStaticRole"
MODES: tuple[Mode, ...] = ("preview", "update")
URL = "postgresql://{{username}}:{{password}}@db:5432/app?sslmode=verify-full&sslrootcert=/ca.pem"


def connection(mode: Mode = "update", **given: Any) -> Graph:
    args = DatabaseConnectionArgs(
        mount="database",
        connection="postgres",
        url=URL,
        username="vault_admin",
        allowed_roles=("api-role",),
        username_template="{{ random 20 | truncate 63 }}",
        **given,
    )
    return declare(lambda opts: DatabaseConnection("orders", args, opts), mode)


def mount(mode: Mode = "update", **given: Any) -> Graph:
    args = DatabaseMountArgs(path="database", **given)
    return declare(lambda opts: DatabaseMount("orders", args, opts), mode)


def role(mode: Mode = "update", **given: Any) -> Graph:
    args = DatabaseRoleArgs(mount="database", connection="postgres", role="api-role", **given)
    return declare(lambda opts: DatabaseRole("api", args, opts), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_connection_verifies_hashes_and_allows_named_roles_only(mode: Mode):
    assert connection(mode).only(CONNECTION).inputs == {
        "backend": "database",
        "name": "postgres",
        "allowedRoles": ["api-role"],
        "verifyConnection": False,
        "postgresql": {
            "connectionUrl": URL,
            "username": "vault_admin",
            "usernameTemplate": "{{ random 20 | truncate 63 }}",
            "passwordAuthentication": "scram-sha-256",
            "maxOpenConnections": 4,
            "maxIdleConnections": 0,
            "maxConnectionLifetime": 0,
        },
    }


@pytest.mark.parametrize("mode", MODES)
def test_no_input_is_or_holds_a_password(mode: Mode):
    """An update that sent one would put an old password over the rotated one."""
    text = json.dumps(connection(mode).only(CONNECTION).inputs).replace("{{password}}", "")
    assert "password" not in text.lower().replace("passwordauthentication", "")


@pytest.mark.parametrize("mode", MODES)
def test_a_dynamic_role_is_made_of_its_statements(mode: Mode):
    given = {"creation": ("a", "b"), "revocation": ("c",), "renew": ("d",)}
    found = role(mode, **given, default_ttl_seconds=3600, max_ttl_seconds=86400).only(DYNAMIC).inputs
    assert found == {
        "backend": "database",
        "name": "api-role",
        "dbName": "postgres",
        "creationStatements": ["a", "b"],
        "revocationStatements": ["c"],
        "renewStatements": ["d"],
        "defaultTtl": 3600,
        "maxTtl": 86400,
    }


@pytest.mark.parametrize("mode", MODES)
def test_a_static_role_is_one_user_with_a_period(mode: Mode):
    graph = role(mode, username="nightly", rotation_seconds=86400)
    assert graph.only(STATIC).inputs == {
        "backend": "database",
        "name": "api-role",
        "dbName": "postgres",
        "username": "nightly",
        "rotationPeriod": 86400,
    }
    assert graph.of(DYNAMIC) == ()


def test_the_path_that_a_workload_reads_follows_the_kind_of_role():
    dynamic = role(creation=("a",)).only(database_role.TOKEN)
    static = role(username="nightly", rotation_seconds=86400).only(database_role.TOKEN)
    assert dynamic.outputs["path"] == "database/creds/api-role"
    assert static.outputs["path"] == "database/static-creds/api-role"


@pytest.mark.parametrize("protect", [True, False])
def test_only_production_protects_and_retains_mount_and_connection(protect: bool):
    """The server alone knows the admin's password, so it goes with the connection."""
    for graph, type_ in ((mount(protect=protect), MOUNT), (connection(protect=protect), CONNECTION)):
        options = graph.only(type_).options
        assert (options.protect, options.retain_on_delete) == (protect, protect)


@pytest.mark.parametrize("mode", MODES)
def test_an_existing_mount_registers_nothing(mode: Mode):
    graph = mount(mode, manage="existing")
    assert inside(graph, database_mount.TOKEN) == ()
    assert graph.only(database_mount.TOKEN).outputs == {"path": "database"}


def test_a_connection_is_known_by_its_path():
    assert connection().only(database_connection.TOKEN).outputs["path"] == "database/config/postgres"
