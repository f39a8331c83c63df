"""Graphs as JSON text."""

from tests.graph.harness import run
from workload_secrets.graph import wire
from workload_secrets.graph.model import UNKNOWN, Graph, Resource


def test_a_graph_comes_back_as_it_was():
    for mode in ("preview", "update"):
        graph = run("options", mode=mode).graph
        assert wire.loads(wire.dumps(graph)) == graph


def test_a_mapping_that_looks_like_the_mark_of_an_unknown_is_kept():
    resource = Resource(
        urn="u",
        type="t",
        name="n",
        parent=None,
        custom=True,
        inputs={"a": UNKNOWN, "b": {"$unknown": True}, "$c": [{"$$d": 1}]},
        outputs={},
        secrets=frozenset({("a",), ("b", 0)}),
    )
    graph = Graph(project="p", stack="s", mode="preview", resources=(resource,), outputs={})
    assert wire.loads(wire.dumps(graph)) == graph
