from __future__ import annotations

from typing import Any

import pytest

from workload_secrets.errors import ServerError
from workload_secrets.keys.store import ChangedError
from workload_secrets.keys.vault_http import Answer
from workload_secrets.keys.vault_store import VaultStore


class FakeVault:
    """One KV v2 secret at m/p. A version that is None was deleted."""

    def __init__(self, *versions: dict[str, str] | None) -> None:
        self.versions = list(versions)
        self.kv: str | None = "2"

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        if method == "POST":
            if body["options"]["cas"] != len(self.versions):
                return Answer(400, {"errors": ["check-and-set parameter did not match the current version"]})
            self.versions.append(body["data"])
            return Answer(200, {"data": {"version": len(self.versions)}})
        if path == "sys/internal/ui/mounts/m":
            return Answer(200, {"data": {"type": "kv", "options": {"version": self.kv} if self.kv else None}})
        if path == "m/metadata/p":
            return (
                Answer(200, {"data": {"current_version": len(self.versions)}})
                if self.versions
                else Answer(404, {"errors": []})
            )
        assert path.startswith("m/data/p")
        number = int(path.partition("version=")[2] or len(self.versions))
        if not 0 < number <= len(self.versions) or self.versions[number - 1] is None:
            return Answer(404, {"errors": []})
        metadata = {"version": number, "created_time": "2026-01-02T03:04:05.123456789Z"}
        return Answer(200, {"data": {"data": self.versions[number - 1], "metadata": metadata}})


def store(vault: FakeVault) -> VaultStore:
    return VaultStore(vault, "m", "p")  # type: ignore[arg-type]


def test_a_write_names_the_version_it_replaces() -> None:
    vault = FakeVault({"a": "1"})
    read = store(vault).read()
    assert read is not None
    assert (read.id, read.created and read.created.microsecond) == ("1", 123456)
    assert store(vault).write({"a": "2"}, read) == "2"


def test_the_first_write_replaces_nothing() -> None:
    vault = FakeVault()
    assert store(vault).read() is None
    assert store(vault).write({"a": "1"}, None) == "1"


@pytest.mark.parametrize("version", ["1", None])
def test_a_mount_of_version_1_is_written_nothing(version: str | None) -> None:
    vault = FakeVault()
    vault.kv = version
    with pytest.raises(ServerError, match=r"version 1, and version 2 is needed.*enable-versioning m"):
        store(vault).write({"a": "1"}, None)
    assert vault.versions == []


def test_a_deleted_newest_version_is_replaced_by_its_number() -> None:
    vault = FakeVault({"a": "1"}, None)
    assert store(vault).read() is None
    assert store(vault).write({"a": "3"}, None) == "3"


def test_a_version_that_came_meanwhile_is_given_back_for_merging() -> None:
    vault = FakeVault({"a": "1"})
    read = store(vault).read()
    vault.versions.append({"a": "1", "b": "theirs"})
    with pytest.raises(ChangedError) as caught:
        store(vault).write({"a": "2"}, read)
    assert caught.value.merge_into is not None
    assert caught.value.merge_into.values == {"a": "1", "b": "theirs"}
    assert "theirs" not in str(caught.value)


def test_history_goes_back_to_the_first_version_that_is_gone() -> None:
    vault = FakeVault(None, {"a": "2"}, {"a": "3"})
    assert [v.id for v in store(vault).history()] == ["3", "2"]


def test_a_refusal_names_the_status() -> None:
    class Denied(FakeVault):
        def call(self, method: str, path: str, body: Any = None) -> Answer:
            return Answer(403, {"errors": ["1 error occurred:\n\t* permission denied\n\n"]})

    with pytest.raises(ServerError, match=r"HTTP 403 1 error occurred: . permission denied$"):
        store(Denied()).read()
