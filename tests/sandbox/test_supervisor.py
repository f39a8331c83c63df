"""No server outlives its owner, however that ends. Plain sleepers stand in for servers here."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workload_secrets.errors import ServerError
from workload_secrets.sandbox import state, supervisor
from workload_secrets.sandbox.files import private_folder
from workload_secrets.sandbox.process import Process
from workload_secrets.sandbox.servers import Command, Servers, python_path

OWNER = """
import signal, sys, time
from pathlib import Path
from workload_secrets.sandbox.servers import Command, Servers
folder, mode, point = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
servers = Servers(folder, mode)
argv = [sys.executable, "-c", "import time; time.sleep(300)"]
for name in ("a", "b"):
    servers.start(Command(name=name, version="1", address="https://127.0.0.1:1", argv=argv))
if point == "ready":
    servers.ready()
print("up", flush=True)
time.sleep(300)
"""


class Owner:
    """A process that owns a sandbox of two sleepers."""

    def __init__(self, folder: Path, mode: str = "process", point: str = "ready") -> None:
        self.folder = private_folder(folder)
        self.process = subprocess.Popen(
            [sys.executable, "-c", OWNER, str(folder), mode, point],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": python_path()},
        )
        assert self.process.stdout
        assert self.process.stdout.readline() == b"up\n"
        self.parts = [self._read(self.folder / "pids" / f"{name}.json") for name in ("a", "b")]
        self.supervisor = self._read(self.folder / state.SUPERVISOR)

    def _read(self, file: Path) -> Process:
        process = Process.read(file)
        assert process is not None
        assert process.alive
        return process

    def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        self.process.send_signal(number)
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()


def gone(*processes: Process) -> bool:
    return all(process.wait_gone(5) for process in processes)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    made = tmp_path / ".sandbox" / "s"
    yield made
    state.remove(made)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("point", ["starting", "ready"])
def test_everything_ends_with_the_owner(folder: Path, number: signal.Signals, point: str) -> None:
    owner = Owner(folder, point=point)
    owner.end(number)
    assert gone(owner.supervisor, *owner.parts)
    assert not folder.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start removes them")
def test_everything_ends_with_the_supervisor(folder: Path) -> None:
    owner = Owner(folder)
    owner.supervisor.kill()
    assert gone(*owner.parts)
    owner.end()


def test_a_detached_one_outlives_its_starter_until_it_is_removed(folder: Path) -> None:
    owner = Owner(folder, mode="detached")
    owner.end()
    time.sleep(0.5)
    assert state.alive(folder)
    assert all(part.alive for part in owner.parts)
    state.remove(folder)
    assert gone(owner.supervisor, *owner.parts)
    assert not folder.exists()


def test_a_detached_one_whose_start_was_broken_off_ends(folder: Path) -> None:
    owner = Owner(folder, mode="detached", point="starting")
    owner.end()
    assert gone(owner.supervisor, *owner.parts)


@pytest.mark.parametrize("mode", ["process", "detached"])
def test_everything_ends_with_the_folder(folder: Path, mode: str) -> None:
    owner = Owner(folder, mode=mode)
    shutil.rmtree(folder.parent)
    assert all(process.wait_gone(10) for process in (owner.supervisor, *owner.parts))
    owner.end()


def test_one_whose_files_a_checkout_overwrote_ends_with_its_removal(folder: Path) -> None:
    """Git overwrites ignored files without a word."""
    private_folder(folder.parent)
    state.create(folder, Process(pid=os.getpid(), identity="earlier"))
    owner = Owner(folder, mode="detached")
    owner.end()
    for file in (folder / state.SUPERVISOR, *(folder / "pids").iterdir()):
        file.write_text('{"pid": 1, "identity": "x", "seal": "0"}')
    state.remove(folder)
    assert gone(owner.supervisor, *owner.parts)
    assert not folder.exists()


def test_what_a_dead_supervisor_left_is_swept_but_no_other_process(folder: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    process = Process.of(left.pid)
    assert process is not None
    pids = private_folder(folder / "pids")
    process.write(pids / "left.json")
    Process(pid=stranger.pid, identity="earlier").write(pids / "reused.json")
    Process(pid=stranger.pid, identity="earlier").write(folder / state.SUPERVISOR)
    assert state.sweep(folder.parent) == ("s",)
    assert left.wait() == -signal.SIGKILL
    assert stranger.poll() is None
    assert not folder.exists()
    stranger.kill()
    stranger.wait()


def test_a_sandbox_that_lives_is_not_swept(folder: Path) -> None:
    owner = Owner(folder)
    assert state.sweep(folder.parent) == ()
    assert all(part.alive for part in owner.parts)
    owner.end()


def test_one_that_is_being_started_is_not_swept(folder: Path) -> None:
    own = Process.of(os.getpid())
    assert own is not None
    own.write(private_folder(folder) / state.STARTER)
    assert state.sweep(folder.parent) == ()


def test_a_part_that_ends_while_starting_is_reported_with_its_log(folder: Path) -> None:
    servers = Servers(private_folder(folder), "process")
    argv = [sys.executable, "-c", "raise SystemExit('no such flag')"]
    part = servers.start(Command(name="x", version="1", address="https://127.0.0.1:1", argv=argv))
    with pytest.raises(ServerError, match="no such flag"):
        servers.wait(part, lambda: False)
    servers.abort()
    assert not folder.exists()


def test_a_part_that_is_no_program_is_reported(folder: Path) -> None:
    servers = Servers(private_folder(folder), "process")
    with pytest.raises(ServerError, match="No such file"):
        servers.start(Command(name="x", version="1", address="", argv=["/nowhere/x"]))
    servers.abort()


def test_servers_see_nothing_of_the_callers_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not for servers")
    servers = Servers(private_folder(folder), "process")
    argv = [
        sys.executable,
        "-c",
        "import json, os, time; print(json.dumps(dict(os.environ)), flush=True); time.sleep(60)",
    ]
    part = servers.start(Command(name="x", version="1", address="", argv=argv, environment={"OWN": "1"}))
    servers.wait(part, lambda: part.log.read_text().endswith("}\n"))
    seen: dict[str, Any] = json.loads(part.log.read_text())
    assert seen["OWN"] == "1"
    assert "AWS_SECRET_ACCESS_KEY" not in seen
    assert seen["HOME"].startswith(str(folder))
    servers.abort()


def test_a_folder_goes_though_something_still_writes_there(tmp_path: Path) -> None:
    """An engine lives for a moment longer than the rehearsal that started it."""
    folder = tmp_path / "sandbox"
    inner = folder / "engine" / "state"
    inner.mkdir(parents=True)
    over = time.monotonic() + 1

    def write() -> None:
        number = 0
        while time.monotonic() < over:
            number += 1
            with contextlib.suppress(OSError):
                (inner / str(number)).write_text("state")

    writer = threading.Thread(target=write)
    writer.start()
    supervisor._remove(folder)
    writer.join()
    assert not folder.exists()
