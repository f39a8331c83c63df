"""Property values on the wire of the SDK."""

import pytest

from workload_secrets.graph.model import UNKNOWN
from workload_secrets.graph.values import decode, encode

VALUES = {"a": 1, "b": 1.5, "c": None, "d": True, "e": "x", "f": [1, {"g": UNKNOWN}], "h": {"i": "s"}}


def test_values_come_back_as_they_were():
    assert decode(encode(VALUES)).value == VALUES


def test_integers_stay_integers():
    assert type(decode(encode({"ttl": 3600})).value["ttl"]) is int


def test_secret_and_unknown_paths_are_found_at_any_depth():
    found = decode(encode(VALUES, {("h", "i"), ("f", 1, "g"), ("a",)}))
    assert found.value == VALUES
    assert found.secrets == {("h", "i"), ("f", 1, "g"), ("a",)}
    assert found.unknowns == {("f", 1, "g")}


def test_an_unknown_secret_keeps_both_marks():
    found = decode(encode({"x": UNKNOWN}, {("x",)}))
    assert found.secrets == found.unknowns == {("x",)}


def test_a_value_that_json_lacks_is_refused_with_its_path():
    with pytest.raises(TypeError, match=r"a\.0: a object"):
        encode({"a": [object()]})
