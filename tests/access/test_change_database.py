"""What a change would lose in a stack with databases."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from workload_secrets.access.change import change
from workload_secrets.graph.capture import capture

PROJECT = Path(__file__).parents[2]
STACK = PROJECT / "tests" / "stacks" / "database.yaml"


def test_a_connection_is_never_replaced_for_its_password_would_be_lost(tmp_path: Path):
    data = yaml.safe_load(STACK.read_text())
    data["config"]["workload-secrets:shared"]["databases"]["orders"]["name"] = "renamed"
    file = tmp_path / "database.yaml"
    file.write_text(yaml.safe_dump(data))
    found = change(capture(PROJECT, str(STACK)), capture(PROJECT, str(file)))
    (refused,) = found.refused
    assert "SecretBackendConnection orders-connection holds a value and name would replace it" in refused
    assert "make a second admin in the database" in refused


@pytest.mark.parametrize(("part", "value"), [("maxOpenConnections", 8), ("username", "other_admin")])
def test_other_settings_of_a_connection_are_updates(tmp_path: Path, part: str, value: object):
    data = yaml.safe_load(STACK.read_text())
    data["config"]["workload-secrets:shared"]["databases"]["orders"][part] = value
    file = tmp_path / "database.yaml"
    file.write_text(yaml.safe_dump(data))
    found = change(capture(PROJECT, str(STACK)), capture(PROJECT, str(file)))
    assert found.refused == ()
    assert found.changed == ("vault:database:SecretBackendConnection orders-connection: postgresql",)
