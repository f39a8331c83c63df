"""The jobs that deploy a stack from GitHub, rehearsed on real servers."""

from __future__ import annotations

from typing import Any

import pytest

from tests import rehearsing
from tests.rehearsing import stack_file

pytestmark = pytest.mark.sandbox

CHANGES = {"repository", "environment", "pull-request", "issuer", "audience", "expired"}


def rehearsed() -> dict[str, Any]:
    return rehearsing.rehearsed(stack_file("ci"))[0]


def places(column: str) -> set[tuple[str, str, str]]:
    return rehearsing.places(rehearsed(), column)


def test_every_job_has_what_it_is_for_and_nobody_else_gets_in() -> None:
    found = rehearsed()
    assert (found["differences"], found["missing"], found["passed"]) == ([], [], True)
    assert places("observed") == places("declared") == places("derived")
    assert {p for p in places("observed") if p[0].startswith("ci:")} == {
        ("ci:deploy", "cards", "write"),
        ("ci:deploy", "orders", "write"),
    }


def test_each_job_logged_in_and_changes_no_job() -> None:
    lines = [line for line in rehearsed()["usage"] if line.startswith("ci:")]
    assert lines == [
        "ci:deploy: logs in to AWS and Vault, has exactly the deployer's rights",
        "ci:drift: logs in to AWS and Vault, looks at what the deployer makes, and changes nothing",
        "ci:preview: logs in to AWS and Vault, looks at what the deployer makes, and changes nothing",
        "ci:prove: logs in to AWS, has the prover's rights",
    ]


def test_each_job_has_its_intruders() -> None:
    principals = set(rehearsed()["principals"])
    for kind in ("preview", "drift", "deploy", "prove"):
        assert {p.partition("!")[2] for p in principals if p.startswith(f"ci:{kind}!")} == CHANGES


def test_what_stands_in_for_github_is_listed() -> None:
    line = "discovery of https://token.actions.githubusercontent.com → a key that the sandbox signs with"
    assert any(line in found for found in rehearsed()["substitutions"])
