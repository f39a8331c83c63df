"""A CI job, machines and holders of certificates, rehearsed on real servers."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.stacks.read import path

PROJECT = Path(__file__).parents[2]
SECONDS = 900
pytestmark = pytest.mark.sandbox


@cache
def rehearsed() -> dict[str, Any]:
    command = [sys.executable, "-m", "workload_secrets.cli.main", "rehearse", str(path("identities"))]
    done = subprocess.run(
        [*command, "--format", "json"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)["stacks"][0]


def places(column: str) -> set[tuple[str, str, str]]:
    cells = rehearsed()[column]
    return {(c["principal"], c["secret"], c["verb"]) for c in cells if c["answer"] == "yes" and c["tried"]}


def test_every_declared_right_is_a_login_and_nobody_else_gets_in() -> None:
    found = rehearsed()
    assert (found["differences"], found["missing"], found["passed"]) == ([], [], True)
    assert places("observed") == places("declared") == places("derived")
    assert ("backup-host", "backup", "read") in places("observed")
    assert ("vault-host", "edge", "write") in places("observed")
    assert "13 as declared granted, 199 refused by logins; no differences" in found["summary"]


def test_each_kind_has_intruders_of_its_own() -> None:
    principals = set(rehearsed()["principals"])
    for name, changes in {
        "release": ("subject", "issuer", "audience", "expired"),
        "restore-host": ("replayed", "mismatched", "unwrapped", "expired", "address"),
        "edge-proxy": ("authority", "name", "dns", "expired", "none"),
        "shop": ("default", "namespace", "issuer", "audience", "expired"),
    }.items():
        own = {p.partition("!")[2] for p in principals if p.startswith(f"{name}!")}
        assert own == set(changes)


def test_what_stands_in_for_the_world_outside_is_listed() -> None:
    lines = rehearsed()["substitutions"]
    for part in (
        "discovery of https://token.actions.githubusercontent.com → a key that the sandbox signs with",
        "existing auth mount tests/jwt → jwt, with a key that the sandbox signs with as its issuer",
        "certificate authority of role edge-proxy → an authority of the sandbox",
        "auth mount approle: its lockout after wrong secret ids is off",
        "addresses of machines → X-Forwarded-For",
    ):
        assert any(part in line for line in lines), part
