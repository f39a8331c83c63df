from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workload_secrets.decide.glob import Globs, accepts, arn_tokens, contains, example, matches

PATTERNS = st.text(alphabet="ab:-*?", max_size=8)
SHORT = st.text(alphabet="ab*?", max_size=3)
# One letter that no pattern names stands for all others.
EVERY_VALUE = ["".join(v) for size in range(7) for v in itertools.product("abz", repeat=size)]
VALUES = st.text(alphabet="ab:-c\n", max_size=10)


def _reference(pattern: str, value: str) -> bool:
    text = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern)
    return re.fullmatch(text, value, re.DOTALL) is not None


@settings(derandomize=True)
@given(PATTERNS, VALUES)
def test_a_match_is_what_the_same_regular_expression_says(pattern: str, value: str) -> None:
    assert matches(pattern, value) == _reference(pattern, value)


@settings(derandomize=True)
@given(PATTERNS, PATTERNS, VALUES)
def test_what_the_inner_pattern_matches_the_outer_one_matches(outer: str, inner: str, value: str) -> None:
    if contains(outer, inner) and matches(inner, value):
        assert matches(outer, value)


@settings(derandomize=True, deadline=None)
@given(SHORT, SHORT)
def test_containment_is_what_trying_every_value_says(outer: str, inner: str) -> None:
    """Patterns of three characters differ, if at all, on a value of at most six."""
    tried = [v for v in EVERY_VALUE if matches(inner, v)]
    assert contains(outer, inner) == all(matches(outer, v) for v in tried)


@settings(derandomize=True)
@given(PATTERNS)
def test_every_pattern_contains_itself_and_lies_in_the_star(pattern: str) -> None:
    assert contains(pattern, pattern)
    assert contains("*", pattern)


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ("PMP-*", "PMP-Dev-??????", True),
        ("PMP-Dev-??????", "PMP-*", False),
        ("PMP-Dev-*", "PMP-Dev-??????", True),
        ("PMP-Dev-??????", "PMP-Dev-*", False),
        ("?*", "*?", True),
        ("*", "", True),
        ("?", "*", False),
        ("*a*", "*a", True),
        ("a*b", "a*b*b", True),
    ],
)
def test_containment_of_secret_patterns(outer: str, inner: str, expected: bool) -> None:
    assert contains(outer, inner) is expected


@settings(derandomize=True)
@given(st.lists(PATTERNS), VALUES)
def test_many_patterns_find_the_same_as_each_alone(patterns: list[str], value: str) -> None:
    assert sorted(Globs(patterns).matching(value)) == sorted(p for p in patterns if matches(p, value))


@settings(derandomize=True, deadline=None)
@given(SHORT, st.lists(SHORT, max_size=2), st.lists(SHORT, max_size=2))
def test_an_example_is_found_where_trying_every_value_finds_one(
    first: str, inside: list[str], outside: list[str]
) -> None:
    """Three patterns of at most three characters agree on a value of at most six, or on none
    but a longer one; a found one is always checked."""
    found = example([first, *inside], outside)
    tried = [
        v
        for v in EVERY_VALUE
        if all(matches(p, v) for p in (first, *inside)) and not any(matches(p, v) for p in outside)
    ]
    if found is None:
        assert tried == []
        return
    assert all(matches(p, found) for p in (first, *inside))
    assert not any(matches(p, found) for p in outside)
    assert not tried or len(found) <= min(len(v) for v in tried)


def test_an_example_sees_what_two_patterns_cover_together() -> None:
    assert example(["?"], ["a*"]) is not None
    assert example(["a?", "?b"], ["ab"]) is None
    assert example(["PMP-*"], ["PMP-?*", "PMP-"]) is None
    assert example(["arn:*:secret:PMP-*", "*:secret:*"], []) == "arn::secret:PMP-"


def test_a_star_in_the_first_fields_of_an_arn_spans_no_colon() -> None:
    pattern = arn_tokens("arn:*:secretsmanager:*:*:secret:*")
    assert accepts(pattern, "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a:b-AbCdEf")
    assert not accepts(pattern, "arn:aws:s3:secretsmanager:x:y:secret:z")
    assert matches("arn:*:secretsmanager:*:*:secret:*", "arn:aws:s3:secretsmanager:x:y:secret:z")
    assert example([pattern, "arn:aws:s3:::bucket/*"]) is None
    assert example([pattern, "arn:aws:*:PMP-*"]) is not None
    assert accepts("a*", "abc")
