"""What a preview says of delivery by objects."""

from __future__ import annotations

import pytest

from tests.stacks.read import ROOT, path
from workload_secrets.access.derived import declaration_of
from workload_secrets.access.notices import Notice, authorities, copies, restarts, stores
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph


@pytest.fixture(scope="module")
def objects() -> Graph:
    return capture(ROOT, str(path("objects")))


@pytest.fixture(scope="module")
def engines() -> Graph:
    return capture(ROOT, str(path("objects-engines")))


def test_values_in_etcd_are_a_warning(objects: Graph):
    (found,) = copies(objects, declaration_of(objects))
    assert found.level == "warning"
    assert found.text.startswith("synced, operated, app-vault: values are copied into Kubernetes Secrets")


def test_who_goes_on_with_an_old_value_is_named(objects: Graph):
    found = [notice.text for notice in restarts(objects, declaration_of(objects))]
    assert [text.partition(":")[0] for text in found] == ["app, mounted, portal", "synced"]


def test_an_operator_without_the_ca_is_named(objects: Graph, engines: Graph):
    assert list(authorities(objects, declaration_of(objects))) == []
    (found,) = authorities(engines, declaration_of(engines))
    assert isinstance(found, Notice)
    assert found.text.startswith("SecretProviderClass mounted-vault names no CA")
    assert found.text.endswith("facts.cluster.csi.vaultCaPath")


def test_a_deployer_that_reaches_further_is_a_warning(objects: Graph, engines: Graph):
    assert list(stores(objects, declaration_of(objects))) == [], "their namespace exists"
    (found,) = stores(engines, declaration_of(engines))
    assert (found.level, found.text.partition(":")[0]) == ("warning", "synced, operated")


def test_other_stacks_hear_nothing_of_it():
    graph = capture(ROOT, "dev")
    declaration = declaration_of(graph)
    assert [
        notice for rule in (copies, stores, restarts, authorities) for notice in rule(graph, declaration)
    ] == []
