"""What a deployer may do with database engines, and the address that a server connects to."""

from __future__ import annotations

from typing import Any

import pytest

from components.config.engines.database import DatabaseEndpoint
from components.config.load import parse
from components.config.stack import StackConfig
from components.documents.engines.database import allowed_roles, connection_url, deployer_paths
from tests.stacks.read import ROOT, changed


def config(**changes: Any) -> StackConfig:
    places = {place.replace("__", "/"): value for place, value in changes.items()}
    return parse(changed("database", places), file="database.yaml", folder=ROOT)


def test_the_server_always_verifies_and_puts_in_the_password_itself():
    endpoint = DatabaseEndpoint(host="db.example", port=5433, ca_file="/vault/tls/db ca.pem")
    assert connection_url(endpoint, "my app") == (
        "postgresql://{{username}}:{{password}}@db.example:5433/my%20app"
        "?sslmode=verify-full&sslrootcert=/vault/tls/db%20ca.pem"
    )


@pytest.mark.parametrize("name", ["a?sslmode=disable", "a/b", "a&sslmode=disable", "a#b", "a@evil"])
def test_a_database_s_name_adds_nothing_to_the_address(name: str):
    url = connection_url(DatabaseEndpoint(host="db.example", ca_file="/ca.pem"), name)
    assert url.count("sslmode=") == url.count("?") == url.count("&") == url.count("@") == 1
    assert "#" not in url


def test_the_deployer_makes_connections_and_roles_and_gets_no_credential():
    paths = deployer_paths(config())
    assert paths == {
        "sys/mounts/database-dev": ("create", "read", "update", "delete"),
        "sys/mounts/database-dev/tune": ("create", "update"),
        "database-dev/config/postgres": ("create", "read", "update", "delete"),
        "database-dev/rotate-root/postgres": ("update",),
        "database-dev/roles/api-role": ("create", "read", "update", "delete"),
        "database-dev/roles/report": ("create", "read", "update", "delete"),
        "database-dev/static-roles/nightly": ("create", "read", "update", "delete"),
    }
    assert not any("creds" in path for path in paths)


def test_production_keeps_mount_and_connection():
    """With the connection goes the only copy of the admin's password."""
    paths = deployer_paths(config(tier="production"))
    for path in ("sys/mounts/database-dev", "database-dev/config/postgres"):
        assert "delete" not in paths[path]


def test_an_existing_connection_is_its_owner_s():
    changes = {
        "shared__databases__orders__manage": "existing",
        "endpoints__databases__orders__adminPassword": None,
    }
    paths = deployer_paths(config(**changes))
    assert sorted(paths) == [
        "database-dev/roles/api-role",
        "database-dev/roles/report",
        "database-dev/static-roles/nightly",
    ]


def test_exactly_the_declared_roles_may_use_a_connection():
    assert allowed_roles(config(), "orders") == ("api-role", "nightly", "report")
