"""Logins by role id and secret id, decided."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from workload_secrets.decide.answer import Answer
from workload_secrets.decide.approle import SecretIdClaims, approle_login
from workload_secrets.graph.model import UNKNOWN

PLACE = ("", "machines", "backup")
OWN = SecretIdClaims(role=PLACE, address="10.1.0.5")
ROLE: dict[str, Any] = {
    "bindSecretId": True,
    "secretIdBoundCidrs": ["10.1.0.0/24"],
    "secretIdNumUses": 1,
    "secretIdTtl": 600,
    "tokenBoundCidrs": ["10.1.0.0/24"],
}


def answer(shown: SecretIdClaims | None, address: str | None = None, **changes: Any) -> Answer:
    return approle_login(ROLE | changes, PLACE, shown, address=address).answer


def test_its_own_fresh_secret_id_from_its_network_logs_in() -> None:
    assert answer(OWN) is Answer.YES


@pytest.mark.parametrize(
    "shown",
    [
        None,
        replace(OWN, spent=True),
        replace(OWN, expired=True),
        replace(OWN, lost=True),
        replace(OWN, address="10.1.1.5"),
        replace(OWN, role=("", "machines", "other")),
        replace(OWN, role=("", "other", "backup")),
        replace(OWN, role=("team", "machines", "backup")),
    ],
)
def test_anything_else_is_refused(shown: SecretIdClaims | None) -> None:
    assert answer(shown) is Answer.NO


def test_one_network_of_several_is_enough() -> None:
    assert answer(OWN, secretIdBoundCidrs=["192.168.0.0/16", "10.1.0.5/32"]) is Answer.YES


@pytest.mark.parametrize("key", ["secretIdBoundCidrs", "tokenBoundCidrs"])
def test_each_kind_of_network_counts(key: str) -> None:
    changes: dict[str, Any] = {key: ["192.168.0.0/16"]}
    assert answer(OWN, **changes) is Answer.NO


def test_a_role_without_networks_takes_any_address() -> None:
    elsewhere = replace(OWN, address="203.0.113.9")
    assert answer(elsewhere, secretIdBoundCidrs=[], tokenBoundCidrs=None) is Answer.YES


def test_a_secret_id_without_limit_can_be_replayed() -> None:
    assert answer(replace(OWN, spent=True), secretIdNumUses=0) is Answer.YES
    assert answer(replace(OWN, spent=True), secretIdNumUses=None) is Answer.UNKNOWN


def test_a_role_that_asks_for_no_secret_id_admits_by_its_role_id() -> None:
    assert answer(None, address="10.1.0.9", bindSecretId=False) is Answer.YES
    assert answer(None, address="10.9.0.9", bindSecretId=False) is Answer.NO
    nothing: dict[str, Any] = {"secretIdBoundCidrs": [], "tokenBoundCidrs": []}
    assert answer(None, bindSecretId=False, **nothing) is Answer.NO


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("bindSecretId", UNKNOWN),
        ("secretIdBoundCidrs", UNKNOWN),
        ("secretIdBoundCidrs", [UNKNOWN]),
        ("tokenBoundCidrs", ["nowhere"]),
    ],
)
def test_what_is_not_known_is_never_a_no(key: str, value: Any) -> None:
    assert answer(OWN, **{key: value}) is Answer.UNKNOWN
    assert answer(None, **{key: value}) is not Answer.YES
