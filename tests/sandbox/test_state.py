"""Which folders under `.sandbox` are sandboxes, and what becomes of the others."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workload_secrets.errors import InputError
from workload_secrets.sandbox import down, running, seal, state
from workload_secrets.sandbox.process import Process


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "project" / ".sandbox"
    made.mkdir(parents=True, mode=0o700)
    return made


@pytest.fixture
def sleeper() -> Iterator[Process]:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    process = Process.of(child.pid)
    assert process is not None
    yield process
    child.kill()
    child.wait()


def ended_process() -> Process:
    return Process(pid=os.getpid(), identity="earlier")


def test_a_dead_one_of_this_users_is_swept_and_all_else_stays(root: Path) -> None:
    state.create(root / "dead", ended_process())
    (root / "foreign").mkdir()
    (root / "foreign" / "kept").touch()
    (root / "linked").symlink_to(root / "foreign")
    (root / "README").touch()
    assert state.sweep(root) == ("dead",)
    assert sorted(path.name for path in root.iterdir()) == ["README", "foreign", "linked"]
    lines = state.strangers(root)
    assert [line.partition(":")[0] for line in lines] == [str(root / "foreign"), str(root / "linked")]
    assert all("remove it by hand" in line for line in lines)


def test_a_sandbox_with_a_link_in_it_goes_without_what_the_link_leads_to(root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "kept").touch()
    state.create(root / "dead", ended_process())
    (root / "dead" / "pids").symlink_to(tmp_path / "outside")
    assert state.sweep(root) == ("dead",)
    assert (tmp_path / "outside" / "kept").exists()


def test_a_copied_sandbox_is_no_sandbox(root: Path, tmp_path: Path, sleeper: Process) -> None:
    state.create(root / "one", sleeper)
    shutil.copytree(root.parent, tmp_path / "copy")
    copied = tmp_path / "copy" / ".sandbox"
    assert state.sweep(copied) == ()
    with pytest.raises(InputError, match="not a sandbox that you started here"):
        down("one", copied)
    assert sleeper.alive
    assert state.folders(root) == [root / "one"]


def test_a_pid_file_that_a_checkout_put_over_ours_ends_nobody(root: Path, sleeper: Process) -> None:
    """Git overwrites ignored files without a word."""
    state.create(root / "dead", ended_process())
    (root / "dead" / "pids").mkdir()
    text = f'{{"pid": {sleeper.pid}, "identity": "{sleeper.identity}", "seal": "{"0" * 64}"}}'
    (root / "dead" / "pids" / "a.json").write_text(text)
    (root / "dead" / state.SUPERVISOR).write_text(text)
    assert state.sweep(root) == ("dead",)
    assert sleeper.alive


def test_a_handle_that_a_checkout_put_over_ours_is_not_shown(root: Path, sleeper: Process) -> None:
    state.create(root / "s", ended_process())
    sleeper.write(root / "s" / state.SUPERVISOR)
    (root / "s" / state.HANDLE).write_text('{"name": "s", "folder": "/", "seal": "0"}')
    assert running(root) == []


def test_a_removal_that_is_broken_off_is_swept_later(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state.create(root / "dead", ended_process())
    (root / "dead" / "data").mkdir()
    (root / "dead" / "zoo").touch()
    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            state.remove(root / "dead")
    assert state.ours(root / "dead")
    assert state.sweep(root) == ("dead",)


def _interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_part_is_ended_by_its_sealed_pid_file(root: Path, sleeper: Process) -> None:
    state.create(root / "dead", ended_process())
    (root / "dead" / "pids").mkdir()
    sleeper.write(root / "dead" / "pids" / "a.json")
    assert state.sweep(root) == ("dead",)
    assert os.waitpid(sleeper.pid, 0)[1] == signal.SIGKILL


@pytest.mark.parametrize("what", ["folder", "file", "link"])
def test_a_name_that_is_taken_is_refused(root: Path, what: str) -> None:
    path = root / "s"
    if what == "folder":
        path.mkdir()
    elif what == "file":
        path.touch()
    else:
        path.symlink_to("/etc")
    with pytest.raises(InputError, match="not a sandbox that you started here"):
        state.create(path, ended_process())
    with pytest.raises(InputError, match="not a sandbox that you started here"):
        state.remove(path)
    assert os.path.lexists(path)


def test_one_that_runs_already_says_how_to_end_it(root: Path) -> None:
    state.create(root / "s", ended_process())
    with pytest.raises(InputError, match="runs already; end it with"):
        state.create(root / "s", ended_process())


def test_without_a_key_nothing_is_made(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    with pytest.raises(InputError, match="XDG_STATE_HOME"):
        state.create(root / "s", ended_process())
    assert list(root.iterdir()) == []


def test_the_key_lies_outside_of_the_project(root: Path) -> None:
    state.create(root / "s", ended_process())
    assert seal.key() not in b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())
