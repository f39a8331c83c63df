"""Graphs of the project's own stacks, captured once for all test workers of a run."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from tests.stacks.read import ROOT, path
from workload_secrets.graph import wire
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph, Mode

FOLDER = "WORKLOAD_SECRETS_TEST_GRAPHS"
"""The variable that names the folder which the workers share; conftest.py sets it."""


@cache
def captured(stack: str, mode: Mode = "update") -> Graph:
    """The graph of dev, prod, a stack of tests/stacks, or `examples/NAME`."""
    file = Path(os.environ[FOLDER]) / f"{stack.replace('/', '-')}-{mode}.json"
    if file.exists():
        return wire.loads(file.read_text("utf-8"))
    found = ROOT / f"{stack}.yaml" if stack.startswith("examples/") else path(stack)
    graph = capture(ROOT, str(found), mode=mode)
    own = file.with_suffix(f".{os.getpid()}")
    own.write_text(wire.dumps(graph), "utf-8")
    own.rename(file)
    return graph
