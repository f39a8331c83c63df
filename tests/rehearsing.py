"""Rehearses stacks by the command, as a user does, once for all tests of a process."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[1]
SECONDS = 900


@cache
def ended(*stacks: str) -> subprocess.CompletedProcess[str]:
    """One run over these stacks in one sandbox, in their order, with its output as JSON."""
    command = [sys.executable, "-m", "workload_secrets.cli.main", "rehearse", *stacks, "--format", "json"]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=SECONDS)


def rehearsed(*stacks: str) -> tuple[dict[str, Any], ...]:
    """The results of a run that ended with 0, one a stack."""
    done = ended(*stacks)
    assert done.returncode == 0, done.stderr + done.stdout
    return tuple(json.loads(done.stdout)["stacks"])


def stack_file(name: str) -> str:
    """A stack of tests/stacks by its name."""
    return f"tests/stacks/{name}.yaml"


def places(result: dict[str, Any], column: str) -> set[tuple[str, str, str]]:
    """Who may do what in a column: principal, secret and verb, as far as it was tried."""
    return {
        (c["principal"], c["secret"], c["verb"])
        for c in result[column]
        if c["answer"] == "yes" and c["tried"]
    }
