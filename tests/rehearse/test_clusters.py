"""Three clusters on one Vault: two side by side, the third in a Vault namespace of its own.

They use the same names in all else, so that only cluster and mount keep them apart.
"""

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
STACKS = ("cluster-a", "cluster-b", "cluster-c")
NAMES = ("release", "shop", "shop-admin")


def run(*stacks: str) -> tuple[int, list[dict[str, Any]], str]:
    command = [sys.executable, "-m", "workload_secrets.cli.main", "rehearse", *stacks, "--format", "json"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=SECONDS)
    found: list[dict[str, Any]] = json.loads(done.stdout)["stacks"] if done.stdout else []
    return done.returncode, found, done.stderr


@cache
def together() -> tuple[dict[str, Any], ...]:
    """All three, rehearsed once for all tests."""
    code, found, said = run(*(str(path(stack)) for stack in STACKS))
    assert code == 0, said
    assert "openbao-1" not in said, "they have one Vault"
    return tuple(found)


@pytest.mark.sandbox
@pytest.mark.parametrize("place", range(3), ids=STACKS)
def test_each_cluster_gets_its_own_secrets_from_the_one_vault(place: int) -> None:
    found = together()[place]
    yes = {(c["principal"], c["verb"]) for c in found["observed"] if c["answer"] == "yes"}
    assert yes == {(name, "read") for name in NAMES} | {("shop-admin", "write")}
    assert found["passed"]


@pytest.mark.sandbox
@pytest.mark.parametrize("place", range(3), ids=STACKS)
def test_everybody_of_the_other_clusters_tried_and_was_refused(place: int) -> None:
    found, own = together()[place], STACKS[place]
    strangers = {f"{stack}:{name}" for stack in STACKS if stack != own for name in NAMES}
    assert strangers <= set(found["principals"])
    assert not strangers & {cell["principal"] for cell in (*found["observed"], *found["derived"])}
    assert "22 refused by logins; no differences" in found["summary"]


@pytest.mark.sandbox
def test_a_job_that_both_clusters_trust_is_found_at_both(tmp_path: Path) -> None:
    twin = tmp_path / "Pulumi.twin.yaml"
    text = path("cluster-b").read_text("utf-8")
    twin.write_text(text.replace("repo:acme/b:", "repo:acme/a:"), "utf-8")
    code, found, _ = run(str(path("cluster-a")), str(twin))
    assert code == 4
    for here, stranger in zip(found, ("twin:release", "cluster-a:release"), strict=True):
        wrong = {(d["column"], d["principal"], d["verb"]) for d in here["differences"]}
        assert wrong == {(column, stranger, "read") for column in ("derived", "observed")}
