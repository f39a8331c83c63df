"""What the platform declares of databases: one mount, exact roles, and the order of things."""

from __future__ import annotations

from typing import Any

import pytest

from components.config.load import parse
from components.platform.platform import Platform, PlatformArgs
from tests.engine import declare, names
from tests.stacks.read import ROOT, changed
from workload_secrets.graph.model import Graph, Mode

MOUNT = "vault:index/mount:Mount"
CONNECTION = "vault:database/secretBackendConnection:SecretBackendConnection"
DYNAMIC = "vault:database/secretBackendRole:SecretBackendRole"
STATIC = "vault:database/secretBackendStaticRole:SecretBackendStaticRole"
POLICY = "vault:index/policy:Policy"
MODES: tuple[Mode, ...] = ("preview", "update")


def platform(mode: Mode = "update", **changes: Any) -> Graph:
    places = {place.replace("__", "/"): value for place, value in changes.items()}
    config = parse(changed("database", places), file="database.yaml", folder=ROOT)
    return declare(lambda _: Platform("platform", PlatformArgs(config=config, root=ROOT)), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_connection_allows_the_declared_roles_and_verifies(mode: Mode):
    inputs = platform(mode).only(CONNECTION).inputs
    assert inputs["allowedRoles"] == ["api-role", "nightly", "report"]
    url = inputs["postgresql"]["connectionUrl"]
    assert url == (
        "postgresql://{{username}}:{{password}}@db.data.example:5432/app"
        "?sslmode=verify-full&sslrootcert=/vault/tls/db-ca.pem"
    )


def test_connection_waits_for_the_mount_and_roles_for_the_connection():
    """A static role changes the password at once: the hook has to be through by then."""
    graph = platform()
    assert "orders-mount" in names(graph, graph.only(CONNECTION).options.depends_on)
    for role in (*graph.of(DYNAMIC), graph.only(STATIC)):
        assert "orders-connection" in names(graph, role.options.depends_on)


def test_each_reader_may_read_its_own_credentials_and_no_other_path():
    policies = {r.name: r.inputs["policy"] for r in platform().of(POLICY)}
    assert 'path "database-dev/creds/api-role"' in policies["api-policy"]
    assert policies["api-policy"].count("path ") == 1
    assert 'path "database-dev/static-creds/nightly"' in policies["reports-policy"]
    assert 'path "database-dev/creds/report"' in policies["reports-policy"]


def test_two_connections_of_one_mount_make_one_mount():
    graph = platform(
        shared__databases__stock={
            "mount": "database-{environment}",
            "name": "stock",
            "database": "stock",
            "username": "vault_stock",
        },
        endpoints__databases__stock={
            "host": "db.data.example",
            "caFile": "/vault/tls/db-ca.pem",
            "adminPassword": {"file": "/run/stock-admin"},
        },
        secrets__stock={
            "backend": "database",
            "connection": "stock",
            "role": "stock",
            "grants": [{"schema": "public", "tables": ["stock"], "verbs": ["select"]}],
        },
    )
    assert len(graph.of(MOUNT)) == 1
    roles = {r.inputs["name"]: r.inputs["allowedRoles"] for r in graph.of(CONNECTION)}
    assert roles == {"postgres": ["api-role", "nightly", "report"], "stock": ["stock"]}


def test_an_existing_connection_registers_roles_only():
    graph = platform(
        shared__databases__orders__manage="existing", endpoints__databases__orders__adminPassword=None
    )
    assert graph.of(MOUNT) == graph.of(CONNECTION) == ()
    assert len(graph.of(DYNAMIC)) == 2


def test_statements_by_hand_keep_our_revocation_unless_they_bring_their_own():
    creation = [
        "CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'",
        'GRANT app_reader TO "{{name}}"',
    ]
    changes: dict[str, Any] = {"secrets__orders-db__statements": {"creation": creation}}
    own = platform("update", **changes)
    role = next(r for r in own.of(DYNAMIC) if r.inputs["name"] == "api-role")
    assert role.inputs["creationStatements"] == creation
    assert role.inputs["revocationStatements"][0].startswith("DO $$")


@pytest.mark.parametrize(("tier", "protect"), [("production", True), ("development", False)])
def test_production_protects_mount_and_connection(tier: str, protect: bool):
    graph = platform(tier=tier)
    assert {graph.only(type_).options.protect for type_ in (MOUNT, CONNECTION)} == {protect}


def test_statements_by_hand_are_written_as_the_server_gives_them_back():
    """It trims each: a line break of a block text would be a change at every update."""
    creation = "CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';"
    statements = {"creation": [f"{creation}\n"], "revocation": ['\n  DROP ROLE "{{name}}";\n']}
    changes: dict[str, Any] = {"secrets__orders-db__statements": statements}
    graph = platform(**changes)
    (role,) = [found for found in graph.of(DYNAMIC) if found.inputs["name"] == "api-role"]
    assert role.inputs["creationStatements"] == [creation]
    assert role.inputs["revocationStatements"] == ['DROP ROLE "{{name}}";']
