"""What the program says of its gateways, and which one a command means."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stacks.read import ROOT, path
from workload_secrets.errors import InputError
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import PLATFORM_TYPE, SERVER_PLATFORM_TYPE, Graph, Resource
from workload_secrets.kong.forms import chosen, forms_of

FORMS: dict[str, Any] = {
    "deck": {"vaults": []},
    "environment": {},
    "secretEnvironment": {},
    "deckEnvironment": {"DECK_A": "what"},
}


def graph(type_: str, **outputs: Any) -> Graph:
    platform = Resource(
        urn="u", type=type_, name="platform", parent=None, custom=False, inputs={}, outputs=outputs
    )
    return Graph(project="p", stack="s", mode="update", resources=(platform,), outputs={})


def test_the_program_says_what_the_commands_read():
    found = forms_of(capture(ROOT, str(path("gateways"))))
    assert set(found) == {"edge"}
    assert set(found["edge"].deck_environment) >= {"DECK_EDGE_MACHINE_APPROLE_ROLE_ID"}


@pytest.mark.parametrize(
    "found",
    [graph(PLATFORM_TYPE, gateways={}), graph(PLATFORM_TYPE), graph(SERVER_PLATFORM_TYPE)],
    ids=["none declared", "a program that knows none", "a stack with a Vault server"],
)
def test_a_stack_without_gateways_has_no_forms(found: Graph):
    assert forms_of(found) == {}
    with pytest.raises(InputError, match="declares no gateway; declare one"):
        chosen(found, None)


def test_the_only_gateway_need_not_be_named():
    name, forms = chosen(graph(PLATFORM_TYPE, gateways={"edge": FORMS}), None)
    assert (name, forms.deck_environment) == ("edge", {"DECK_A": "what"})


def test_of_several_one_is_named():
    found = graph(PLATFORM_TYPE, gateways={"west": FORMS, "east": FORMS})
    with pytest.raises(
        InputError, match="stack s has several gateways: east, west; choose one with --gateway"
    ):
        chosen(found, None)
    assert chosen(found, "west")[0] == "west"
    with pytest.raises(
        InputError, match="--gateway north: stack s declares no such gateway; it declares: east"
    ):
        chosen(found, "north")
