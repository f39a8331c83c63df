"""Only the very process that a pid file names is ever killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workload_secrets.sandbox.process import Process, identity_of


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield child
    child.kill()
    child.wait()


def test_a_pid_file_reads_back(tmp_path: Path) -> None:
    own = Process.of(os.getpid())
    assert own is not None
    own.write(tmp_path / "p.json")
    assert Process.read(tmp_path / "p.json") == own
    assert own.alive


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', '{"pid": "x", "identity": "y"}'])
def test_a_damaged_pid_file_names_nobody(tmp_path: Path, content: str) -> None:
    file = tmp_path / "p.json"
    file.write_text(content)
    assert Process.read(file) is None
    assert Process.read(tmp_path / "absent.json") is None


def test_a_reused_pid_is_never_killed(sleeper: subprocess.Popen[bytes]) -> None:
    earlier = Process(pid=sleeper.pid, identity="started at another time")
    assert not earlier.alive
    assert not earlier.kill()
    assert not earlier.kill(group=True)
    assert sleeper.poll() is None


def test_a_zombie_does_not_live(sleeper: subprocess.Popen[bytes]) -> None:
    process = Process.of(sleeper.pid)
    assert process is not None
    assert process.kill(signal.SIGKILL)
    assert process.wait_gone(5)
    assert identity_of(sleeper.pid) is None


def test_waiting_for_one_that_stays_says_so(sleeper: subprocess.Popen[bytes]) -> None:
    process = Process.of(sleeper.pid)
    assert process is not None
    assert not process.wait_gone(0.1)
