"""Tokens that are handed over, decided: whose they are, and what they can carry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workload_secrets.decide.answer import Answer
from workload_secrets.decide.token_role import HandedToken, carries, token_use, usual
from workload_secrets.graph.model import UNKNOWN

PLACE = ("", "token", "edge")
OWN = HandedToken(role=PLACE, address="10.1.0.5")
BOUND = {"tokenBoundCidrs": ["10.1.0.0/24", "10.2.0.5"]}
NAMES = st.sampled_from(["dev-edge", "dev-other", "dev", "prod-edge", "default"])
GLOBS = st.sampled_from(["dev-*", "*", "*edge", "prod-edge"])


def test_its_own_token_from_its_network_is_good() -> None:
    assert token_use(BOUND, PLACE, OWN).answer is Answer.YES
    assert token_use(BOUND, PLACE, replace(OWN, address="10.2.0.5")).answer is Answer.YES
    assert token_use({}, PLACE, replace(OWN, address=None)).answer is Answer.YES


@pytest.mark.parametrize(
    "shown",
    [
        None,
        replace(OWN, lost=True),
        replace(OWN, revoked=True),
        replace(OWN, expired=True),
        replace(OWN, address="10.1.1.5"),
        replace(OWN, role=("", "token", "other")),
        replace(OWN, role=("team", "token", "edge")),
    ],
)
def test_anything_else_is_refused(shown: HandedToken | None) -> None:
    assert token_use(BOUND, PLACE, shown).answer is Answer.NO


@pytest.mark.parametrize("bound", [UNKNOWN, [UNKNOWN], ["nonsense"]])
def test_networks_that_nobody_knows_leave_it_open(bound: Any) -> None:
    assert token_use({"tokenBoundCidrs": bound}, PLACE, OWN).answer is Answer.UNKNOWN


def test_from_somewhere_nobody_knows_whether_a_bound_token_is_good() -> None:
    assert token_use(BOUND, PLACE, replace(OWN, address=None)).answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("role", "carried"),
    [
        ({"allowedPolicies": ["dev-edge"]}, Answer.NO),
        ({"allowedPolicies": ["dev-edge", "dev-other"]}, Answer.YES),
        ({"allowedPolicies": ["Dev-Other"]}, Answer.YES),
        ({"allowedPoliciesGlobs": ["dev-*"]}, Answer.YES),
        ({"allowedPolicies": ["dev-edge"], "allowedPoliciesGlobs": ["dev-*"]}, Answer.YES),
        ({"allowedPolicies": ["dev-*"]}, Answer.NO),
        ({"disallowedPolicies": ["dev-edge"]}, Answer.YES),
        ({"disallowedPolicies": ["dev-other"]}, Answer.NO),
        ({"disallowedPoliciesGlobs": ["dev-*"]}, Answer.NO),
        ({"disallowedPolicies": ["dev-*"]}, Answer.YES),
        ({"allowedPolicies": ["dev-other"], "disallowedPolicies": ["dev-other"]}, Answer.NO),
        ({}, Answer.UNKNOWN),
        ({"allowedPolicies": []}, Answer.UNKNOWN),
        ({"allowedPolicies": UNKNOWN}, Answer.UNKNOWN),
        ({"allowedPolicies": [UNKNOWN]}, Answer.UNKNOWN),
        ({"allowedPoliciesGlobs": UNKNOWN}, Answer.UNKNOWN),
        ({"allowedPolicies": ["dev-other"], "disallowedPolicies": UNKNOWN}, Answer.UNKNOWN),
        ({"allowedPolicies": ["dev-edge"], "tokenPolicies": ["dev-other"]}, Answer.NO),
    ],
)
def test_what_a_token_can_be_made_with(role: dict[str, Any], carried: Answer) -> None:
    assert carries(role, "dev-other").answer is carried


@pytest.mark.parametrize(
    ("role", "policies"),
    [
        ({"allowedPolicies": ["dev-edge"]}, ("dev-edge", "default")),
        ({"allowedPolicies": ["dev-edge"], "tokenNoDefaultPolicy": True}, ("dev-edge",)),
        ({"allowedPolicies": ["dev-edge"], "disallowedPolicies": ["default"]}, ("dev-edge",)),
        ({"allowedPolicies": ["default", "dev-edge"]}, ("default", "dev-edge")),
        ({"allowedPoliciesGlobs": ["dev-*"]}, ("default",)),
        ({"disallowedPolicies": ["dev-other"]}, None),
        ({}, None),
        ({"allowedPolicies": UNKNOWN}, None),
    ],
)
def test_what_a_token_has_whose_maker_asks_for_nothing(
    role: dict[str, Any], policies: tuple[str, ...] | None
) -> None:
    assert usual(role) == policies


@given(
    allowed=st.lists(NAMES, max_size=3),
    globs=st.lists(GLOBS, max_size=2),
    denied=st.lists(NAMES, max_size=2),
    policy=NAMES,
)
def test_a_role_never_allows_what_it_disallows_and_always_what_it_names(
    allowed: list[str], globs: list[str], denied: list[str], policy: str
) -> None:
    role = {"allowedPolicies": allowed, "allowedPoliciesGlobs": globs, "disallowedPolicies": denied}
    answer = carries(role, policy).answer
    if policy in denied:
        assert answer is Answer.NO
    elif policy in allowed:
        assert answer is Answer.YES
    if answer is Answer.UNKNOWN:
        assert (allowed, globs, denied) == ([], [], [])
