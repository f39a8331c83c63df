from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph, Resource

PROJECT = Path(__file__).parents[2]
Edit = Callable[[Graph, str, str, Callable[[dict[str, Any]], None]], Graph]


@pytest.fixture(scope="session")
def dev_graph() -> Graph:
    return capture(PROJECT, "dev")


@pytest.fixture(scope="session")
def edit() -> Edit:
    """Gives the graph with the inputs of one resource changed; JSON documents are decoded."""

    def change(graph: Graph, type_: str, name: str, edit_inputs: Callable[[dict[str, Any]], None]) -> Graph:
        found = [r for r in graph.of(type_) if r.name == name]
        assert len(found) == 1, [r.name for r in graph.of(type_)]
        inputs = json.loads(json.dumps(dict(found[0].inputs)))
        documents = [
            key for key in ("policy", "assumeRolePolicy") if str(inputs.get(key, "")).startswith("{")
        ]
        for key in documents:
            inputs[key] = json.loads(inputs[key])
        edit_inputs(inputs)
        for key in documents:
            inputs[key] = json.dumps(inputs[key])
        changed = replace(found[0], inputs=inputs)
        resources: tuple[Resource, ...] = tuple(changed if r is found[0] else r for r in graph.resources)
        return replace(graph, resources=resources)

    return change
