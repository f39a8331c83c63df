"""Which server stands in for which database, and where the admin's password is taken from."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from components.config.load import parse
from components.declared.declaration import declaration
from tests.stacks.read import ROOT, changed
from workload_secrets.declaration import Declaration
from workload_secrets.errors import ServerError
from workload_secrets.sandbox import databases, state
from workload_secrets.sandbox.handle import DatabaseServer, Sandbox

STOCK = {
    "shared/databases/stock": {"mount": "stock", "name": "s", "database": "stock", "username": "vault_stock"},
    "endpoints/databases/stock": {
        "host": "db.stock.example",
        "port": 5433,
        "caFile": "/ca.pem",
        "adminPassword": {"file": "admin.txt"},
    },
    "secrets/stock": {
        "backend": "database",
        "connection": "stock",
        "role": "stock",
        "grants": [{"schema": "public", "tables": ["stock"], "verbs": ["select"]}],
    },
}


def declared(**changes: Any) -> Declaration:
    wanted = {k: v for k, v in {**copy.deepcopy(STOCK), **changes}.items() if v is not None}
    config = parse(changed("database", wanted), file="database.yaml", folder=ROOT)
    return declaration(config)


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    def server(port: int) -> DatabaseServer:
        return DatabaseServer(host="127.0.0.1", port=port, superuser_file=tmp_path / f"{port}.password")

    return Sandbox(
        name="s",
        folder=tmp_path,
        ca_file=tmp_path / "ca.pem",
        parts=(),
        clusters={},
        stacks={},
        databases={"db.data.example:5432": server(20001), "db.stock.example:5433": server(20002)},
    )


def test_one_server_for_each_address():
    assert databases.places(declared()) == ("db.data.example:5432", "db.stock.example:5433")


def test_an_existing_connection_without_an_address_has_a_server_of_its_own():
    changes = {"shared/databases/stock/manage": "existing", "endpoints/databases/stock": None}
    assert databases.places(declared(**changes)) == ("db.data.example:5432", "stock")


def test_a_connection_is_found_by_its_declared_address_and_by_the_sandbox_s(sandbox: Sandbox):
    assert databases.server_of(sandbox, declared(), "stock").port == 20002
    own = {"endpoints/databases/stock/host": "127.0.0.1", "endpoints/databases/stock/port": 20002}
    assert databases.server_of(sandbox, declared(**own), "stock").port == 20002


def test_a_connection_that_nothing_stands_in_for_is_named(sandbox: Sandbox):
    changes = {"endpoints/databases/stock/port": 5434}
    with pytest.raises(ServerError, match="the sandbox has no database for connection stock"):
        databases.server_of(sandbox, declared(**changes), "stock")


def test_the_sandbox_replaces_addresses_and_keeps_the_kind_of_source(sandbox: Sandbox, tmp_path: Path):
    made = databases.endpoints(sandbox, "database", declared())
    ca_file = str(tmp_path / "ca.pem")
    assert made == {
        "orders": {
            "host": "127.0.0.1",
            "port": 20001,
            "caFile": ca_file,
            "adminPassword": {"env": "ORDERS_DB_ADMIN_PASSWORD"},
        },
        "stock": {
            "host": "127.0.0.1",
            "port": 20002,
            "caFile": ca_file,
            "adminPassword": {"file": str(tmp_path / "stacks/database/database-stock.password")},
        },
    }
    assert "secret" not in json.dumps(made)


def test_only_declared_variables_are_handed_to_a_deploy(sandbox: Sandbox):
    for name in ("orders", "stock"):
        databases.password_file(sandbox, "database", name).write_text(f"of-{name}")
    assert databases.environment(sandbox, "database", declared()) == {"ORDERS_DB_ADMIN_PASSWORD": "of-orders"}


def test_servers_are_in_the_handle_on_disk(sandbox: Sandbox):
    state.save(sandbox)
    assert state.read(sandbox.folder) == sandbox
