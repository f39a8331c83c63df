"""A handler asks, the sandbox's administrators make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from workload_secrets.errors import ServerError
from workload_secrets.sandbox.deploy.outcome import HandlerError
from workload_secrets.sandbox.deploy.requests import direct


def test_the_same_need_is_made_once():
    made: list[Mapping[str, Any]] = []
    ask = direct(made.append)
    ask.eks_cluster("dev")
    ask.eks_cluster("dev")
    ask.custom_kind("example.com", "v1", "Store")
    assert [need["need"] for need in made] == ["eksCluster", "customKind"]


def test_what_was_looked_up_reaches_the_handler():
    ask = direct(lambda need: {"id": f"a-{need['account']}"} if need["account"] == "s" else None)
    assert ask.association("dev", "n", "s") == "a-s"
    assert ask.association("dev", "n", "other") is None


@pytest.mark.parametrize("error", [ServerError("there is no AWS"), HandlerError("there is no AWS")])
def test_what_can_t_be_made_is_an_error_of_the_handler_and_asked_for_again(error: Exception):
    asked: list[Mapping[str, Any]] = []

    def refuse(need: Mapping[str, Any]) -> None:
        asked.append(need)
        raise error

    ask = direct(refuse)
    for _ in range(2):
        with pytest.raises(HandlerError, match="there is no AWS"):
            ask.eks_cluster("dev")
    assert len(asked) == 2


def test_a_surprise_shows_its_type_alone():
    def fail(_: Mapping[str, Any]) -> None:
        raise KeyError("hidden")

    with pytest.raises(HandlerError, match="failed with KeyError") as error:
        direct(fail).eks_cluster("dev")
    assert "hidden" not in str(error.value)
