"""A CI job, machines and holders of certificates, rehearsed on real servers."""

from __future__ import annotations

from typing import Any

import pytest

from tests import rehearsing
from tests.rehearsing import stack_file

pytestmark = pytest.mark.sandbox


def rehearsed() -> dict[str, Any]:
    return rehearsing.rehearsed(stack_file("identities"))[0]


def places(column: str) -> set[tuple[str, str, str]]:
    return rehearsing.places(rehearsed(), column)


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
