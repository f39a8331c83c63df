"""The review of what is deployed, from an export of the state."""

from __future__ import annotations

import io
import json

from tests.captured import captured
from tests.review.planted import CANARY, TODAY, dev, exported, settings, value, wide
from workload_secrets.graph.model import Graph
from workload_secrets.graph.state import from_stream
from workload_secrets.review import report
from workload_secrets.review.run import Review, review, strictest


def deployed(graph: Graph) -> Graph:
    text = json.dumps(exported(graph))
    assert CANARY not in text
    return from_stream(io.BytesIO(text.encode()), "state")


def reviewed(graph: Graph) -> Review:
    return review(graph, strictest(graph), today=TODAY, way="state")


def test_a_deployed_stack_of_the_project_has_no_finding() -> None:
    for stack in ("dev", "prod"):
        found = reviewed(deployed(captured(stack)))
        assert found.verdict.passed, report.render(found)
        assert (found.declared, found.tier) == (True, "production" if stack == "prod" else "development")


def test_it_finds_what_the_preview_finds() -> None:
    graph = dev(wide())
    by_preview = review(graph, settings(), today=TODAY).verdict.refused
    by_state = reviewed(deployed(graph)).verdict.refused
    assert [(f.rule.id, f.place, f.path, f.text, f.source) for f in by_state] == [
        (f.rule.id, f.place, f.path, f.text, f.source) for f in by_preview
    ]
    assert by_state


def test_ciphertext_is_not_seen_and_that_is_said() -> None:
    found = reviewed(deployed(dev(value())))
    text = report.render(found)
    assert "not wholly seen here: " in text
    assert "an export holds only ciphertext of what is marked secret" in text
    assert CANARY not in text
    assert not [f for f in found.verdict.refused if f.outcome == "not evaluable"]


def test_before_an_update_has_ended_the_declaration_is_an_input() -> None:
    state = exported(captured("dev"))
    for entry in state["deployment"]["resources"]:
        if entry["type"] == "workload-secrets:platform:Platform":
            entry["outputs"] = {}
    found = reviewed(from_stream(io.BytesIO(json.dumps(state).encode()), "state"))
    assert (found.declared, found.tier) == (True, "development")
