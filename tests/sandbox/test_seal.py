"""A pid file or a handle counts only where this user wrote it, at its very path."""

from __future__ import annotations

import json
import os
import shutil
import stat
import threading
from pathlib import Path

import pytest

from workload_secrets.errors import InputError
from workload_secrets.sandbox import seal

CONTENT = {"pid": 1, "identity": "x", "paths": ["a"], "started": 1.25, "name": "ü"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "workload-secrets"


def test_what_was_sealed_reads_back(tmp_path: Path) -> None:
    seal.write(tmp_path / "a.json", CONTENT)
    assert seal.read(tmp_path / "a.json") == CONTENT
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "{", '{"pid": 1}', '{"pid": 1, "seal": null}', '{"pid": 1, "seal": "ü"}', "[" * 100_000],
)
def test_what_was_not_is_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    assert seal.read(tmp_path / "a.json") is None
    assert seal.read(tmp_path / "missing.json") is None


def test_changed_content_is_nothing(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    seal.write(file, CONTENT)
    file.write_text(json.dumps({**json.loads(file.read_text()), "pid": 2}))
    assert seal.read(file) is None


def test_a_copy_and_a_moved_file_are_nothing(tmp_path: Path) -> None:
    seal.write(tmp_path / "a.json", CONTENT)
    shutil.copy(tmp_path / "a.json", tmp_path / "b.json")
    assert seal.read(tmp_path / "b.json") is None
    (tmp_path / "c.json").symlink_to(tmp_path / "a.json")
    assert seal.read(tmp_path / "c.json") is None


def test_another_users_seal_is_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seal.write(tmp_path / "a.json", CONTENT)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
    assert seal.read(tmp_path / "a.json") is None


def test_the_key_is_made_once_even_by_many(home: Path) -> None:
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(seal.key())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert found[0] == (home / "sandbox.key").read_bytes()
    assert stat.S_IMODE((home / "sandbox.key").stat().st_mode) == 0o600


@pytest.mark.parametrize(("content", "mode"), [(b"short", 0o600), (b"", 0o600), (b"x" * 32, 0o644)])
def test_a_damaged_or_readable_key_is_refused(home: Path, content: bytes, mode: int) -> None:
    home.mkdir(parents=True)
    (home / "sandbox.key").write_bytes(content)
    (home / "sandbox.key").chmod(mode)
    with pytest.raises(InputError, match=r"sandbox\.key: must hold 32 bytes that only you can read"):
        seal.key()


def test_a_key_that_is_a_link_is_refused(tmp_path: Path, home: Path) -> None:
    home.mkdir(parents=True)
    (tmp_path / "known").write_bytes(b"x" * 32)
    (home / "sandbox.key").symlink_to(tmp_path / "known")
    with pytest.raises(InputError, match=r"sandbox\.key: a link to"):
        seal.key()


def test_a_relative_state_home_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    with pytest.raises(InputError, match="XDG_STATE_HOME=state: must be an absolute path"):
        seal.key()


def test_a_state_home_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(InputError, match="set XDG_STATE_HOME to a folder that you can write in"):
        seal.key()
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208
