from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from workload_secrets.access.change import change
from workload_secrets.graph.model import Graph, Options

SECRET = "aws:secretsmanager/secret:Secret"
MOUNT = "vault:index/mount:Mount"
Edit = Callable[[Graph, str, str, Callable[[dict[str, Any]], None]], Graph]


def without(graph: Graph, name: str) -> Graph:
    return replace(graph, resources=tuple(r for r in graph.resources if r.name != name))


def test_nothing_changed_says_so(dev_graph: Graph) -> None:
    found = change(dev_graph, dev_graph)
    assert list(found.lines()) == ["nobody gains or loses access"]
    assert not any(found.as_json().values())


def test_a_widened_policy_shows_who_gains_what(dev_graph: Graph, edit: Edit) -> None:
    def widen(inputs: dict[str, Any]) -> None:
        inputs["policy"] += 'path "apps-dev/data/billing/api" { capabilities = ["read"] }'

    found = change(dev_graph, edit(dev_graph, "vault:index/policy:Policy", "pmp-policy", widen))
    who = "pmp (system:serviceaccount:feature-test:mxplatform)"
    assert found.gained == (f"{who}: read billing-api (vault apps-dev/billing/api)",)
    assert found.lost == ()
    assert found.changed == ("vault:index:Policy pmp-policy: policy",)


def test_a_narrowed_policy_shows_who_loses_what(dev_graph: Graph, edit: Edit) -> None:
    def narrow(inputs: dict[str, Any]) -> None:
        inputs["policy"] = 'path "nothing" { capabilities = ["read"] }'

    found = change(dev_graph, edit(dev_graph, "vault:index/policy:Policy", "pmp-policy", narrow))
    assert [line.split(": ")[1] for line in found.lost] == ["read pmp-vault (vault pmp-dev/admin)"]


def test_what_is_deleted_and_made_anew_is_announced_as_such(dev_graph: Graph, edit: Edit) -> None:
    def move(inputs: dict[str, Any]) -> None:
        inputs["metadata"] = {**inputs["metadata"], "namespace": "ops"}

    account = "kubernetes:core/v1:ServiceAccount"
    found = change(dev_graph, edit(dev_graph, account, "billing-account", move))
    anew = "made anew: the old one is deleted first"
    assert found.changed == (f"kubernetes:core:ServiceAccount billing-account: metadata ({anew})",)


@pytest.mark.parametrize(
    ("type_", "name", "key"),
    [(SECRET, "pmp-credentials-secret", "name"), (MOUNT, "pmp-mount", "path"), (MOUNT, "pmp-mount", "type")],
)
def test_replacing_what_holds_a_value_is_refused(
    dev_graph: Graph, edit: Edit, type_: str, name: str, key: str
) -> None:
    def rename(inputs: dict[str, Any]) -> None:
        inputs[key] = "another"

    (refused,) = change(dev_graph, edit(dev_graph, type_, name, rename)).refused
    assert name in refused
    assert key in refused
    assert "keys set" in refused


def test_another_region_replaces_every_secret(dev_graph: Graph) -> None:
    resources = tuple(
        replace(r, provider={**r.provider, "region": "eu-west-1"}) if r.type == SECRET else r
        for r in dev_graph.resources
    )
    refused = change(dev_graph, replace(dev_graph, resources=resources)).refused
    assert len(refused) == len(dev_graph.of(SECRET))
    assert all("provider region" in text for text in refused)


def test_a_harmless_change_of_a_secret_is_not_refused(dev_graph: Graph, edit: Edit) -> None:
    def describe(inputs: dict[str, Any]) -> None:
        inputs["description"] = "another"

    assert change(dev_graph, edit(dev_graph, SECRET, "pmp-credentials-secret", describe)).refused == ()


@pytest.mark.parametrize("aliased", [False, True])
def test_another_urn_for_the_same_secret_needs_an_alias(dev_graph: Graph, aliased: bool) -> None:
    old = next(r for r in dev_graph.of(SECRET) if r.name == "pmp-credentials-secret")
    options = Options(aliases=(old.urn,)) if aliased else old.options
    new = replace(old, urn=f"{old.urn}-2", name="renamed", options=options)
    graph = replace(dev_graph, resources=tuple(new if r.urn == old.urn else r for r in dev_graph.resources))
    refused = change(dev_graph, graph).refused
    assert bool(refused) is not aliased
    assert all(old.urn in text for text in refused)


def test_removing_a_secret_is_a_warning(dev_graph: Graph) -> None:
    found = change(dev_graph, without(dev_graph, "pmp-credentials-secret"))
    assert found.refused == ()
    assert "pmp-credentials-secret holds a value and is removed" in found.warnings[0]


NAMESPACE = "kubernetes:core/v1:Namespace"


@pytest.mark.parametrize(
    "name",
    ["billing-namespace", "apps-mount", "auth-backend", "secrets-key", "cluster-provider"],
)
def test_deleting_what_takes_others_along_is_refused(dev_graph: Graph, name: str) -> None:
    (deletion,) = change(dev_graph, without(dev_graph, name)).deletions
    assert f"{name} is removed and with it goes" in deletion.text
    assert "pulumi state delete 'urn:pulumi:" in deletion.text
    assert deletion.source


def test_a_protected_namespace_can_not_be_deleted_at_all(dev_graph: Graph) -> None:
    resources = tuple(
        replace(r, options=replace(r.options, protect=True)) if r.type == NAMESPACE else r
        for r in dev_graph.resources
    )
    old = replace(dev_graph, resources=resources)
    (deletion,) = change(old, without(old, "billing-namespace")).deletions
    assert "`pulumi up` refuses to delete it" in deletion.text


def test_a_namespace_of_another_name_is_another_namespace(dev_graph: Graph, edit: Edit) -> None:
    def rename(inputs: dict[str, Any]) -> None:
        inputs["metadata"] = {"name": "invoices"}

    (deletion,) = change(dev_graph, edit(dev_graph, NAMESPACE, "billing-namespace", rename)).deletions
    assert "gets another name, invoices instead of billing," in deletion.text


def test_an_alias_is_no_deletion(dev_graph: Graph) -> None:
    old = next(r for r in dev_graph.of(NAMESPACE) if r.name == "billing-namespace")
    new = replace(old, urn=f"{old.urn}-2", options=Options(aliases=(old.urn,)))
    graph = replace(dev_graph, resources=tuple(new if r is old else r for r in dev_graph.resources))
    assert change(dev_graph, graph).deletions == ()
    assert change(dev_graph, without(dev_graph, "billing-role")).deletions == ()
