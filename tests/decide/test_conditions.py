from __future__ import annotations

from typing import Any

import pytest

from workload_secrets.decide.answer import Answer
from workload_secrets.decide.conditions import holds
from workload_secrets.decide.request import Request
from workload_secrets.decide.statements import read

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN


def decide(operator: str, value: Any, context: dict[str, Any], *, complete: bool = True) -> Answer:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {"k": value}}}
    document = read({"Version": "2012-10-17", "Statement": statement}, "test")
    request = Request(action="s3:GetObject", context=context, complete=complete)
    return holds(document.statements[0], request).answer


@pytest.mark.parametrize(
    ("operator", "value", "actual", "expected"),
    [
        ("StringEquals", "a", "a", YES),
        ("StringEquals", "A", "a", NO),
        ("StringEquals", "*", "a", NO),
        ("StringEqualsIgnoreCase", "A", "a", YES),
        ("StringNotEquals", ["a", "b"], "b", NO),
        ("StringNotEquals", ["a", "b"], "c", YES),
        ("StringLike", "system:*:pmp", "system:x:pmp", YES),
        ("StringLike", "a?", "ab", YES),
        ("StringNotLike", "a*", "ab", NO),
        ("ArnLike", "arn:aws:s3:::b*", "arn:aws:s3:::bucket", YES),
        ("ArnLike", "arn:*:bucket", "arn:aws:s3:::bucket", NO),
        ("ArnNotEquals", "arn:aws:s3:::b", "arn:aws:s3:::c", YES),
        ("Bool", "true", "true", YES),
        ("Bool", False, "true", NO),
        ("Bool", "maybe", "true", UNKNOWN),
        ("NumericLessThan", "10", "9", YES),
        ("NumericGreaterThanEquals", 10, "9", NO),
        ("NumericNotEquals", "7", "7.0", NO),
        ("NumericEquals", "seven", "7", UNKNOWN),
        ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-06-01T00:00:00+02:00", YES),
        ("DateLessThan", "2026-01-01T00:00:00Z", "1790000000", NO),
        ("IpAddress", "10.0.0.0/8", "10.1.2.3", YES),
        ("NotIpAddress", "10.0.0.0/8", "10.1.2.3", NO),
        ("IpAddress", "not an address", "10.1.2.3", UNKNOWN),
        ("BinaryEquals", "YQ==", "YQ==", UNKNOWN),
        ("StringResembles", "a", "a", UNKNOWN),
        ("StringEquals", "a", ["a", "b"], UNKNOWN),
        ("ForAnyValue:StringEquals", "a", ["a", "b"], YES),
        ("ForAllValues:StringEquals", "a", ["a", "b"], NO),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], YES),
    ],
)
def test_an_operator_on_a_key_that_is_there(operator: str, value: Any, actual: Any, expected: Answer) -> None:
    assert decide(operator, value, {"K": actual}) is expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", NO),
        ("StringNotEquals", YES),
        ("StringNotLike", YES),
        ("StringEqualsIfExists", YES),
        ("StringLikeIfExists", YES),
        ("ForAllValues:StringEquals", YES),
        ("ForAnyValue:StringEquals", NO),
        ("ForAnyValue:StringNotEquals", NO),
        ("NotIpAddress", YES),
    ],
)
def test_an_operator_on_a_key_that_is_absent(operator: str, expected: Answer) -> None:
    assert decide(operator, "10.0.0.1", {}) is expected
    assert decide(operator, "10.0.0.1", {"k": None}, complete=False) is expected
    assert decide(operator, "10.0.0.1", {}, complete=False) is UNKNOWN


def test_null_asks_whether_the_key_is_there() -> None:
    assert decide("Null", "true", {}) is YES
    assert decide("Null", "false", {}) is NO
    assert decide("Null", False, {"k": "a"}) is YES
    assert decide("Null", "true", {}, complete=False) is UNKNOWN


def test_a_variable_in_a_value_is_taken_from_the_context() -> None:
    assert decide("StringEquals", "${aws:username}", {"k": "pmp", "aws:username": "pmp"}) is YES
    assert decide("StringLike", "x-${aws:username}*", {"k": "x-pmp1", "aws:username": "pmp"}) is YES
    assert decide("StringEquals", "${aws:username, 'pmp'}", {"k": "pmp"}) is YES
    assert decide("StringEquals", "${aws:username}", {"k": "pmp"}) is UNKNOWN
    assert decide("StringLike", "${*}", {"k": "*"}) is YES
    assert decide("StringLike", "${*}", {"k": "a"}) is NO


def test_a_value_that_is_not_known_leaves_the_condition_open() -> None:
    assert decide("StringEquals", object(), {"k": "a"}) is UNKNOWN
    assert decide("StringEquals", ["a", object()], {"k": "a"}) is YES
    assert decide("StringEquals", "a", {"k": object()}) is UNKNOWN


def test_many_values_are_decided_as_few_are() -> None:
    many = [f"name-{index}-??" for index in range(20)]
    assert decide("StringLike", many, {"k": "name-7-ab"}) is YES
    assert decide("StringNotLike", many, {"k": "name-7-ab"}) is NO
    assert decide("StringEquals", many, {"k": "name-7-ab"}) is NO
    assert decide("StringEquals", many, {"k": "name-7-??"}) is YES
    assert decide("StringNotEquals", many, {"k": "name-7-ab"}) is YES
    assert decide("StringLike", [*many, object()], {"k": "other"}) is UNKNOWN
    assert decide("StringEquals", [*many, "${aws:username}"], {"k": "a", "aws:username": "a"}) is YES
