from __future__ import annotations

from components.config.load import parse
from components.documents.engines.audit import deployer_paths
from tests.stacks.read import changed

DEVICES = {"file": {"type": "file", "path": "/log"}, "stdout": {"type": "file", "path": "stdout"}}


def paths(**changes: object) -> dict[str, tuple[str, ...]]:
    audit = {"shared/audit": {"devices": DEVICES}}
    given = {key.replace("__", "/"): value for key, value in changes.items()}
    return deployer_paths(parse(changed("prod", audit | given), file="prod.yaml"))


def test_the_deployer_has_exactly_its_devices_and_the_list() -> None:
    assert paths() == {
        "sys/audit": ("read", "sudo"),
        "sys/audit/file": ("create", "update", "sudo"),
        "sys/audit/stdout": ("create", "update", "sudo"),
    }


def test_only_in_development_may_it_end_the_log() -> None:
    made = paths(tier="development")
    assert made["sys/audit/file"] == ("create", "update", "sudo", "delete")


def test_devices_of_others_give_no_right() -> None:
    assert paths(shared__audit__manage="existing") == {}
    assert paths(shared__audit=None) == {}
