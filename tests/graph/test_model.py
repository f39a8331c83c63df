"""Asking a graph."""

import pytest

from workload_secrets.graph.model import Graph, Resource


def resource(urn, type_, parent=None):
    return Resource(urn=urn, type=type_, name=urn, parent=parent, custom=True, inputs={}, outputs={})


GRAPH = Graph(
    project="p",
    stack="s",
    mode="update",
    resources=(resource("a", "one"), resource("b", "two", "a"), resource("c", "two", "a")),
    outputs={},
)


def test_resources_are_found_by_type_urn_and_parent():
    assert [r.urn for r in GRAPH.of("two")] == ["b", "c"]
    assert GRAPH.of("three") == ()
    assert GRAPH.get("b").type == "two"
    assert [r.urn for r in GRAPH.children("a")] == ["b", "c"]
    assert [r.urn for r in GRAPH.where(lambda r: r.parent is None)] == ["a"]


def test_asking_for_the_only_one_of_several_or_none_is_an_error():
    assert GRAPH.only("one").urn == "a"
    for type_ in ("two", "three"):
        with pytest.raises(LookupError, match="expected one"):
            GRAPH.only(type_)
    with pytest.raises(LookupError, match="no resource x"):
        GRAPH.get("x")


def test_a_graph_that_was_asked_equals_one_that_was_not():
    other = Graph(project="p", stack="s", mode="update", resources=GRAPH.resources, outputs={})
    GRAPH.of("two")
    assert other == GRAPH
