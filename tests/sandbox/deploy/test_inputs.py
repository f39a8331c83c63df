"""Inputs are used or named."""

from __future__ import annotations

from typing import Any

import pytest

from workload_secrets.graph.model import UNKNOWN
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.outcome import HandlerError


def test_an_input_nobody_takes_is_named():
    inputs = Inputs({"name": "a", "colour": "red", "size": 1})
    inputs.text("name")
    with pytest.raises(HandlerError, match="no handler for input colour, size") as error:
        inputs.finish()
    assert "red" not in str(error.value)


def test_a_nested_input_nobody_takes_is_named_with_its_path():
    inputs = Inputs({"tune": {"listingVisibility": "hidden", "colour": "red"}})
    inputs.nested("tune").take("listingVisibility")
    with pytest.raises(HandlerError, match=r"tune\.colour"):
        inputs.finish()


def test_a_null_input_counts_as_absent():
    Inputs({"name": None}).finish()


def test_an_unknown_input_is_refused():
    with pytest.raises(HandlerError, match="input arn is not known"):
        Inputs({"arn": UNKNOWN}).take("arn")


@pytest.mark.parametrize("value", [True, 1.5, "x"])
def test_a_number_is_a_whole_number(value: Any):
    with pytest.raises(HandlerError, match="input days must be a whole number"):
        Inputs({"days": value}).number("days")


def test_texts_of_a_provider_count_as_numbers_and_booleans():
    inputs = Inputs({"days": "7", "on": "true"})
    assert (inputs.number("days"), inputs.flag("on")) == (7, True)


def test_an_unsupported_value_is_refused_with_what_is_supported():
    with pytest.raises(HandlerError, match="input multiRegion is supported here only as False"):
        Inputs({"multiRegion": True}).only("multiRegion", False)


def test_broken_json_is_refused_without_showing_it():
    with pytest.raises(HandlerError, match="input policy is not JSON") as error:
        Inputs({"policy": "{hidden"}).document("policy")
    assert "hidden" not in str(error.value)


def test_an_input_that_its_handler_lost_is_not_shown_as_given() -> None:
    """Wanted and found agree on what the handler made of it, and not on what was asked."""
    inputs = Inputs({"subject": "a", "ttl": "1h", "host": "declared"})
    names = {"subject": "subject", "ttl": "ttl", "host": "host"}
    wanted = {"subject": "", "ttl": 0, "host": "stand-in"}
    shown = inputs.shown(names, wanted, wanted, reads={"ttl": lambda _: 3600}, stands_in=("host",))
    assert shown == {"subject": "", "ttl": 0, "host": "declared"}
    assert inputs.shown(names, {}, {"ttl": 3600}, reads={"ttl": lambda _: 3600}) == {"ttl": "1h"}


def test_what_was_not_asked_is_marked_where_it_is_not_the_default() -> None:
    inputs = Inputs({})
    assert inputs.shown({"uses": "uses", "ttl": "ttl"}, {"uses": 0, "ttl": 0}, {"uses": 5, "ttl": 0}) == {
        "uses": 5,
        "ttl": 0,
    }
    assert inputs.unasked == {"uses"}
