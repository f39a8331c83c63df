"""Deploys a stack into a sandbox by the engine, for tests of what is deployed."""

from __future__ import annotations

from tests.stacks.read import ROOT
from workload_secrets.cli.deployment import Deployment
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph
from workload_secrets.sandbox.engine.binary import find
from workload_secrets.sandbox.handle import Sandbox


def placed(sandbox: Sandbox, stack: str, graph: Graph | None = None) -> Deployment:
    """A stack by name or path, with what it calls existing; `graph` is the captured one, where it is
    at hand."""
    captured = capture(ROOT, stack) if graph is None else graph
    return Deployment(sandbox, ROOT, stack, captured, find(print), lambda _: None)


def deployed(sandbox: Sandbox, stack: str, graph: Graph | None = None) -> Graph:
    """What is deployed, without preview and review: these are tested elsewhere."""
    return placed(sandbox, stack, graph).up(reviewed=False)
