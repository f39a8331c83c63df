"""A gateway with tokens that are handed over, rehearsed on real servers."""

from __future__ import annotations

from typing import Any

import pytest

from tests import rehearsing
from tests.rehearsing import stack_file

pytestmark = pytest.mark.sandbox


def rehearsed() -> dict[str, Any]:
    return rehearsing.rehearsed(stack_file("kong-token"))[0]


def places(column: str) -> set[tuple[str, str, str]]:
    return rehearsing.places(rehearsed(), column)


def test_every_token_reads_what_is_declared_and_no_wrong_one_reads_anything() -> None:
    found = rehearsed()
    assert (found["differences"], found["missing"], found["misuse"], found["passed"]) == ([], [], [], True)
    assert places("observed") == places("declared") == places("derived")
    assert {("local-hand", "redis", "read"), ("local-near", "portal", "read")} <= places("observed")
    assert "9 as declared granted, 115 refused by logins; no differences" in found["summary"]


def test_only_a_bound_token_has_an_intruder_elsewhere() -> None:
    principals = set(rehearsed()["principals"])
    common = {"revoked", "mismatched", "unwrapped", "expired"}
    for name, changes in {"local-hand": common, "local-near": common | {"address"}}.items():
        assert {p.partition("!")[2] for p in principals if p.startswith(f"{name}!")} == changes


def test_the_courier_and_the_deployer_asked_in_every_wrong_way() -> None:
    used = rehearsed()["usage"]
    for name, seconds in {"local-hand": 86_400, "local-near": 3600}.items():
        assert (
            f"{name}: the courier gets tokens only wrapped and with no wish but for a shorter life, "
            f"good for {seconds} s; the deployer gets none"
        ) in used


def test_the_gateway_resolves_its_references_with_the_token() -> None:
    used = rehearsed()["usage"]
    assert any(line.startswith("local/hand: local-hand logs in by token and resolves 2") for line in used)
    assert any(line.startswith("local/near: local-near logs in by token and resolves 1") for line in used)


def test_the_address_stands_in_for_the_gateways() -> None:
    assert any("X-Forwarded-For" in line for line in rehearsed()["substitutions"])
