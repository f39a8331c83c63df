"""A captured graph, or one read from state, as the rules see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from policies.guardrails.resource import UNKNOWN as NOT_KNOWN
from policies.guardrails.resource import Resource
from policies.guardrails.stack import Stack
from workload_secrets.graph import model
from workload_secrets.graph.model import UNKNOWN, Graph


def stack_of(graph: Graph) -> Stack:
    """Every resource of the graph."""
    return Stack(resource_of(resource) for resource in graph.resources)


def declared_of(graph: Graph) -> Mapping[str, Any] | None:
    """What the stack declares; None for a program that declares nothing. In exported state it
    is an input, and an output only after an update that went through."""
    platforms = graph.of(model.PLATFORM_TYPE) or graph.of(model.SERVER_PLATFORM_TYPE)
    if len(platforms) != 1:
        return None
    found = platforms[0].outputs.get("declaration") or platforms[0].inputs.get("declaration")
    return cast("Mapping[str, Any]", found) if isinstance(found, Mapping) else None


def resource_of(resource: model.Resource) -> Resource:
    """One resource as the rules see it."""
    options = resource.options
    return Resource(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        parent=resource.parent,
        inputs=_plain(resource.inputs),
        protect=options.protect,
        provider=_plain(resource.provider),
        secrets=resource.secrets,
        retain_on_delete=options.retain_on_delete,
        depends_on=options.depends_on,
        source=resource.source,
    )


def _plain(value: Any) -> Any:
    """The same with the rules' own mark of what isn't known."""
    if value is UNKNOWN:
        return NOT_KNOWN
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast("list[Any]", value)]
    return value
