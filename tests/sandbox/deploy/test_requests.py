"""A child asks, its parent makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from workload_secrets.errors import ServerError
from workload_secrets.sandbox.deploy.outcome import HandlerError
from workload_secrets.sandbox.deploy.requests import answering, asking


def test_the_same_need_is_made_once():
    made: list[Mapping[str, Any]] = []
    with answering(made.append) as channel:
        ask = asking(channel)
        ask.eks_cluster("dev")
        ask.eks_cluster("dev")
        ask.custom_kind("example.com", "v1", "Store")
    assert [need["need"] for need in made] == ["eksCluster", "customKind"]


def test_what_was_looked_up_reaches_the_child():
    with answering(
        lambda need: {"id": f"a-{need['account']}"} if need["account"] == "s" else None
    ) as channel:
        ask = asking(channel)
        assert ask.association("dev", "n", "s") == "a-s"
        assert ask.association("dev", "n", "other") is None


def test_an_error_of_the_parent_reaches_the_child():
    def refuse(_: Mapping[str, Any]) -> None:
        raise ServerError("there is no AWS")

    with answering(refuse) as channel, pytest.raises(HandlerError, match="there is no AWS"):
        asking(channel).eks_cluster("dev")


def test_a_surprise_in_the_parent_shows_its_type_alone():
    def fail(_: Mapping[str, Any]) -> None:
        raise KeyError("hidden")

    with answering(fail) as channel, pytest.raises(HandlerError, match="failed with KeyError") as error:
        asking(channel).eks_cluster("dev")
    assert "hidden" not in str(error.value)


def test_who_does_not_know_the_token_gets_nothing():
    made: list[Mapping[str, Any]] = []
    with answering(made.append) as channel, pytest.raises(HandlerError, match="gave no answer"):
        asking({**channel, "token": "guessed"}).eks_cluster("dev")
    assert made == []


def test_a_parent_that_is_gone_is_an_error():
    with answering(lambda _: None) as channel:
        pass
    with pytest.raises(HandlerError, match="gave no answer"):
        asking(channel).eks_cluster("dev")
