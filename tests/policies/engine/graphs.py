"""Graphs of the project's stacks, each captured once; and small ones made by hand."""

from __future__ import annotations

import contextvars
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from tests.stacks.read import ROOT, path
from workload_secrets.graph import config, symbols
from workload_secrets.graph.model import PLATFORM_TYPE, Graph, Mode, Options, Resource
from workload_secrets.graph.program import LANES, ProgramRequest, _Runner
from workload_secrets.graph.requests import STACK_TYPE, urn

EXAMPLES = tuple(sorted(file.stem for file in (ROOT / "examples").glob("*.yaml")))
PROJECT = "workload-secrets"


@cache
def captured(stack: str, mode: Mode) -> Graph:
    """A stack's graph, captured in this process: a child for each would take three seconds."""
    file = ROOT / "examples" / f"{stack}.yaml" if stack in EXAMPLES else path(stack)
    request = ProgramRequest.of(ROOT, config.load(ROOT, str(file)), mode)
    realize = symbols.unknown if mode == "preview" else symbols.realize
    runner = _Runner(request, realize, None, LANES)
    return contextvars.copy_context().run(runner.run).check().graph


def resource(type_: str, name: str, inputs: Mapping[str, Any], **more: Any) -> Resource:
    """One resource of the stack `dev`; its outputs are its inputs."""
    return Resource(
        urn=urn("dev", PROJECT, "", type_, name),
        type=type_,
        name=name,
        parent=None,
        custom=":platform:" not in type_,
        inputs=inputs,
        outputs=more.pop("outputs", inputs),
        options=Options(protect=more.pop("protect", False)),
        **more,
    )


def graph(*resources: Resource, declaration: Mapping[str, Any] | None = None) -> Graph:
    """A stack of these resources, below a platform that declares this, if anything."""
    root = resource(STACK_TYPE, f"{PROJECT}-dev", {})
    if declaration is None:
        return of_stack((root, *resources))
    top = platform(declaration)
    return of_stack((root, top, *(below(one, top) for one in resources)))


def below(child: Resource, parent: Resource) -> Resource:
    """The resource as a child."""
    return replace(child, parent=parent.urn, urn=urn("dev", PROJECT, parent.urn, child.type, child.name))


def platform(declaration: Mapping[str, Any]) -> Resource:
    """The component that carries a declaration."""
    return resource(PLATFORM_TYPE, "platform", {"declaration": declaration})


def of_stack(resources: tuple[Resource, ...], stack: str = "dev") -> Graph:
    """A graph of resources."""
    found = tuple(sorted(resources, key=lambda r: r.urn))
    return Graph(project=PROJECT, stack=stack, mode="update", resources=found, outputs={})


def planted(graph: Graph, type_: str, **inputs: Any) -> tuple[Graph, str]:
    """The graph with inputs of one resource of a type changed, and that resource's URN."""
    found = graph.of(type_)[0]
    changed = replace(found, inputs={**found.inputs, **inputs})
    resources = tuple(changed if r.urn == found.urn else r for r in graph.resources)
    return replace(graph, resources=resources), found.urn


def unknowns(graph: Graph) -> int:
    """How many inputs aren't known."""
    return sum(len(r.unknowns) for r in graph.resources)
