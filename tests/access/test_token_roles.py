"""Tokens that are handed over: what is shown, who intrudes with one, and what a role grants."""

from __future__ import annotations

from typing import Any

import pytest

from tests.access.conftest import PROJECT, Edit
from tests.stacks.read import path
from workload_secrets.access import outsiders
from workload_secrets.access.compare import compare
from workload_secrets.access.declared import declared
from workload_secrets.access.derived import declaration_of, derived
from workload_secrets.access.notices import notices
from workload_secrets.access.observed.untried import untried
from workload_secrets.access.principals import Actor, Wallet, actors
from workload_secrets.decide.answer import Answer
from workload_secrets.decide.token_role import HandedToken
from workload_secrets.declaration import Declaration
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph

ROLE = "vault:tokenauth/authBackendRole:AuthBackendRole"
OWN = ("", "token", "gateway-near")


@pytest.fixture(scope="module")
def graph() -> Graph:
    return capture(PROJECT, str(path("kong-token")))


@pytest.fixture(scope="module")
def declaration(graph: Graph) -> Declaration:
    return declaration_of(graph)


def named(declaration: Declaration, name: str) -> Actor:
    return next(actor for actor in actors(declaration) if actor.name == name)


def wrong(graph: Graph) -> dict[tuple[str, str, str], Answer]:
    found = compare(declared(declaration_of(graph)), derived(graph), "derived")
    return {(d.principal, d.secret, d.verb): d.found for d in found}


def test_the_documents_grant_what_is_declared(graph: Graph) -> None:
    assert wrong(graph) == {}


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ("", HandedToken(role=OWN, address="10.31.0.1")),
        ("!revoked", HandedToken(role=OWN, address="10.31.0.1", revoked=True)),
        ("!expired", HandedToken(role=OWN, address="10.31.0.1", expired=True)),
        ("!unwrapped", HandedToken(role=OWN, address="10.31.0.1", lost=True)),
        ("!address", HandedToken(role=OWN, address="192.0.2.1")),
        ("!mismatched", HandedToken(role=("", "token", outsiders.INTRUDER), address="10.31.0.1")),
    ],
)
def test_whoever_is_handed_a_token_shows_it_and_an_intruder_a_wrong_one(
    declaration: Declaration, change: str, shown: HandedToken
) -> None:
    actor = named(declaration, f"local-near{change}")
    assert Wallet(declaration).shown(actor, "token") == (shown,)
    assert Wallet(declaration).shown(actor, "approle") == (None,)


def test_a_token_that_is_good_anywhere_has_no_intruder_elsewhere(declaration: Declaration) -> None:
    principals = declaration.principals
    assert "address" in outsiders.changes(principals["local-near"])
    assert "address" not in outsiders.changes(principals["local-hand"])
    (shown,) = Wallet(declaration).shown(named(declaration, "local-hand"), "token")
    assert isinstance(shown, HandedToken)
    assert shown.address is None


@pytest.mark.parametrize("name", ["billing", "data-plane", "billing!default"])
def test_a_pod_has_no_token_to_show(declaration: Declaration, name: str) -> None:
    assert Wallet(declaration).shown(named(declaration, name), "token") == (None,)


@pytest.mark.parametrize(
    "change",
    [
        {"allowedPolicies": ["kong-token-local-hand", "kong-token-billing"]},
        {"allowedPoliciesGlobs": ["kong-token-b*"]},
        {"allowedPoliciesGlobs": ["*"]},
        {"allowedPolicies": [], "disallowedPolicies": ["kong-token-data-plane"]},
    ],
)
def test_a_role_that_allows_more_is_an_over_grant(graph: Graph, edit: Edit, change: dict[str, Any]) -> None:
    changed = edit(graph, ROLE, "local-hand-role", lambda inputs: inputs.update(change))
    assert wrong(changed)[("local-hand", "billing", "read")] is Answer.YES
    assert not {name for name, _, _ in wrong(changed)} - {"local-hand"}


def test_a_role_of_no_policies_has_those_of_whoever_makes_the_token(graph: Graph, edit: Edit) -> None:
    changed = edit(graph, ROLE, "local-hand-role", lambda inputs: inputs.pop("allowedPolicies"))
    found = wrong(changed)
    assert found[("local-hand", "redis", "read")] is Answer.UNKNOWN
    assert found[("local-hand", "billing", "read")] is Answer.UNKNOWN
    cell = derived(changed).get("local-hand", "redis", "read")
    assert "policy of whoever makes the token is not in this stack" in cell.reasons


def test_a_role_that_only_names_patterns_gives_its_owner_nothing_unasked(graph: Graph, edit: Edit) -> None:
    def globs(inputs: dict[str, Any]) -> None:
        inputs.update(allowedPolicies=[], allowedPoliciesGlobs=["kong-token-local-*"])

    found = wrong(edit(graph, ROLE, "local-hand-role", globs))
    assert found[("local-hand", "redis", "read")] is Answer.NO


@pytest.mark.parametrize("policies", [["other-policy"], ["kong-token-billing"]])
def test_a_role_without_its_own_policy_shuts_its_owner_out(
    graph: Graph, edit: Edit, policies: list[str]
) -> None:
    changed = edit(graph, ROLE, "local-near-role", lambda inputs: inputs.update(allowedPolicies=policies))
    assert wrong(changed)[("local-near", "portal", "read")] is not Answer.YES


def test_a_role_that_binds_nothing_lets_in_from_elsewhere(graph: Graph, edit: Edit) -> None:
    changed = edit(graph, ROLE, "local-near-role", lambda inputs: inputs.pop("tokenBoundCidrs"))
    assert wrong(changed) == {("local-near!address", "portal", "read"): Answer.YES}


def test_a_role_bound_elsewhere_names_the_remedy(graph: Graph, edit: Edit) -> None:
    changed = edit(graph, ROLE, "local-near-role", lambda i: i.update(tokenBoundCidrs=["10.99.0.0/16"]))
    cell = derived(changed).get("local-near", "portal", "read")
    assert cell.reasons[-1] == "remedy: bind token/gateway-near to its tokens shown from 10.31.0.1"


def test_a_preview_says_what_a_token_is(graph: Graph, declaration: Declaration) -> None:
    texts = [notice.text for notice in notices(graph, declaration)]
    assert any(text.startswith("local-hand, local-near: have no login") for text in texts)


def test_live_nobody_has_the_token(declaration: Declaration) -> None:
    assert untried(declaration, named(declaration, "local-hand")) == (
        "only whoever is handed its token has it; `rehearse` tries it"
    )
