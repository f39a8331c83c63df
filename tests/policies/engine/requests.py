"""A graph as the engine tells a pack of it (pulumi, pkg/resource/deploy/step_generator.go)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi.runtime.proto import analyzer_pb2

from workload_secrets.graph.model import Graph, Path, Resource
from workload_secrets.graph.values import encode


def registered(graph: Graph) -> tuple[Resource, ...]:
    """The resources in an order that a program may register them in: parents, providers and
    what is depended on come first."""
    return tuple(_after(graph, [r.urn for r in graph.resources], {}))


def _after(graph: Graph, urns: list[str], done: dict[str, bool]) -> Iterator[Resource]:
    known = {r.urn: r for r in graph.resources}
    todo = list(reversed(urns))
    while todo:
        urn = todo[-1]
        resource = known.get(urn)
        if resource is None or urn in done:
            todo.pop()
            continue
        needs = (resource.parent, resource.provider_urn, *resource.options.depends_on)
        open_ = [need for need in needs if need in known and need not in done]
        if open_:
            todo.extend(open_)
            continue
        done[urn] = True
        todo.pop()
        yield resource


def analyze(graph: Graph, resource: Resource, *, marked: bool = True) -> analyzer_pb2.AnalyzeRequest:
    """What the engine asks before it makes a resource: its inputs, a few of its options."""
    return analyzer_pb2.AnalyzeRequest(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        properties=_struct(resource.inputs, resource.secrets, marked),
        options=_options(resource),
        provider=_provider(graph, resource, marked),
    )


def stack(graph: Graph, *, marked: bool = True) -> analyzer_pb2.AnalyzeStackRequest:
    """What the engine asks at the end: every resource with its outputs and dependencies."""
    return analyzer_pb2.AnalyzeStackRequest(
        resources=[
            analyzer_pb2.AnalyzerResource(
                urn=resource.urn,
                type=resource.type,
                name=resource.name,
                properties=_struct(resource.outputs, resource.output_secrets, marked),
                options=_options(resource),
                provider=_provider(graph, resource, marked),
                parent=resource.parent or "",
                dependencies=resource.options.depends_on,
                propertyDependencies={
                    key: analyzer_pb2.AnalyzerPropertyDependencies(urns=urns)
                    for key, urns in resource.options.property_dependencies.items()
                },
            )
            for resource in graph.resources
        ]
    )


def _struct(values: Mapping[str, Any], secrets: frozenset[Path], marked: bool) -> Any:
    return encode(values, secrets if marked else ())


def _options(resource: Resource) -> analyzer_pb2.AnalyzerResourceOptions:
    options = resource.options
    return analyzer_pb2.AnalyzerResourceOptions(
        protect=options.protect,
        ignoreChanges=options.ignore_changes,
        deleteBeforeReplace=options.delete_before_replace,
        additionalSecretOutputs=options.additional_secret_outputs,
        aliases=options.aliases,
        parent=resource.parent or "",
    )


def _provider(graph: Graph, resource: Resource, marked: bool) -> analyzer_pb2.AnalyzerProviderResource | None:
    if resource.provider_urn is None:
        return None
    provider = graph.get(resource.provider_urn)
    return analyzer_pb2.AnalyzerProviderResource(
        urn=provider.urn,
        type=provider.type,
        name=provider.name,
        properties=_struct(provider.inputs, provider.secrets, marked),
    )
