from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest

from workload_secrets.access.canary import PREFIX

PROJECT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "workload_secrets.cli.main"]
pytestmark = pytest.mark.sandbox


def forms() -> re.Pattern[bytes]:
    """A canary as it is, in base64 at each of the three alignments, in hexadecimal."""
    raw = re.escape(PREFIX.encode()) + rb"[A-Za-z0-9_%-]{16}"
    encoded = [b64encode(b"x" * shift + PREFIX.encode())[4 if shift else 0 : -4] for shift in range(3)]
    return re.compile(b"|".join([raw, *map(re.escape, encoded), PREFIX.encode().hex().encode()]))


@pytest.fixture(scope="module")
def run() -> subprocess.CompletedProcess[bytes]:
    command = [*COMMAND, "rehearse", "dev", "--format", "json"]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, check=False, timeout=900)


def test_the_dev_stack_is_proven_by_logins(run: subprocess.CompletedProcess[bytes]) -> None:
    assert run.returncode == 0, run.stderr.decode()
    (stack,) = json.loads(run.stdout)["stacks"]
    assert stack["differences"] == []
    observed = {(c["principal"], c["secret"], c["verb"]) for c in stack["observed"] if c["answer"] == "yes"}
    declared = {(c["principal"], c["secret"], c["verb"]) for c in stack["declared"]}
    assert observed == declared
    assert all(cell["tried"] for cell in stack["observed"])


def test_no_canary_is_in_any_output_or_file(run: subprocess.CompletedProcess[bytes]) -> None:
    pattern = forms()
    assert not pattern.search(run.stdout)
    assert not pattern.search(run.stderr)
    skipped = {".venv", ".git", ".sandbox"}
    found = [
        path
        for top in PROJECT.iterdir()
        if top.name not in skipped
        for path in ([top] if top.is_file() else top.rglob("*"))
        if path.is_file() and pattern.search(path.read_bytes())
    ]
    assert found == []


def test_an_interrupt_leaves_nothing_behind() -> None:
    command = [*COMMAND, "rehearse", "dev"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.PIPE, stdout=quiet, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "created" in line:
                os.kill(process.pid, signal.SIGINT)
                break
        said = process.stderr.read()
        assert process.wait(60) == 130
    assert "interrupted" in said
    assert not (PROJECT / ".sandbox" / f"rehearse-{process.pid}").exists()
