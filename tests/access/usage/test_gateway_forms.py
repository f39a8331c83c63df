"""What a gateway's forms say is held against what is declared."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import pytest

from tests.stacks.read import ROOT
from workload_secrets.access.derived import declaration_of
from workload_secrets.access.usage.gateway_forms import INGRESS_CLASS, of_deck, of_object
from workload_secrets.declaration.gateway import Gateway
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph
from workload_secrets.kong.forms import forms_of

NAMES = ("bank", "branch", "edge", "partner", "playground")
OBJECT: dict[str, Any] = {
    "metadata": {"annotations": {INGRESS_CLASS: "kong"}},
    "spec": {"backend": "hcv", "prefix": "hashicorp-vault", "config": {}},
}


@cache
def graph() -> Graph:
    return capture(ROOT, str(ROOT / "examples" / "kong.yaml"))


def deck(name: str) -> dict[str, Any]:
    return copy.deepcopy(forms_of(graph())[name].deck)


def gateway(name: str) -> Gateway:
    return declaration_of(graph()).gateways[name]


@pytest.mark.parametrize("name", NAMES)
def test_the_forms_of_the_example_are_as_declared(name: str) -> None:
    assert of_deck(deck(name), gateway(name)) == []


def test_a_field_that_kong_lacks_is_found() -> None:
    made = deck("edge")
    made["vaults"][0]["config"]["verify"] = True
    (line,) = of_deck(made, gateway("edge"))
    assert line.startswith("vaults.0.config.")
    assert "verify" in line


def test_another_value_than_declared_is_found_by_its_field() -> None:
    made = deck("bank")
    made["vaults"][0]["config"]["host"] = "other.example"
    assert of_deck(made, gateway("bank")) == ["hashicorp-vault says otherwise than declared: host"]


def test_another_vault_than_declared_is_found() -> None:
    made = deck("bank")
    made["vaults"][0]["prefix"] = "other"
    assert of_deck(made, gateway("bank")) == ["has the vaults other, declared are hashicorp-vault"]


def test_an_object_as_declared_is_fine() -> None:
    assert of_object(OBJECT, "hashicorp-vault", "kong") == []


def test_an_object_without_its_class_is_read_by_no_controller() -> None:
    found = {**OBJECT, "metadata": {}}
    assert of_object(found, "hashicorp-vault", "kong") == [
        "its class is missing, declared is kong: no controller reads it"
    ]


def test_an_object_of_another_prefix_or_backend_is_found() -> None:
    found = {**OBJECT, "spec": {"backend": "aws", "prefix": "other"}}
    assert of_object(found, "hashicorp-vault", "kong") == [
        "its prefix is other, declared is hashicorp-vault",
        "its backend is aws, declared is hcv",
    ]
