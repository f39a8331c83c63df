"""What a deployer may do with transit mounts."""

from __future__ import annotations

from typing import Any

from components.config.load import parse
from components.documents.engines.transit import deployer_paths, existing_mounts
from tests.stacks.read import ROOT, changed


def config(stack: str = "engines", **changes: Any):
    return parse(changed(stack, changes), file=f"{stack}.yaml", folder=ROOT)


def test_the_deployer_makes_keys_and_uses_none():
    paths = deployer_paths(config())
    assert paths["sys/mounts/transit-crypt"] == ("create", "read", "update")
    assert paths["transit-crypt/keys/pii"] == ("create", "read", "update")
    assert paths["transit-crypt/keys/pii/config"] == ("update",)
    for request in ("encrypt", "decrypt", "rewrap", "export", "rotate", "backup"):
        assert not [path for path in paths if f"/{request}" in path]


def test_only_a_key_that_its_server_may_delete_is_deleted():
    assert "delete" not in deployer_paths(config(tier="development"))["transit-crypt/keys/pii"]
    deletable: dict[str, Any] = {
        "tier": "development",
        "secrets/pii/deletionAllowed": True,
        "secrets/pii/reason": "a trial",
    }
    assert "delete" in deployer_paths(config(**deletable))["transit-crypt/keys/pii"]


def test_on_an_existing_mount_there_are_keys_only():
    found = config("engines-existing")
    assert set(deployer_paths(found)) == {"transit/keys/pii", "transit/keys/pii/config"}
    assert existing_mounts(found) == ("transit",)
