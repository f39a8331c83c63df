"""The resources of a graph for a reader: a tree by component, and counts by type."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Final

from workload_secrets.graph.model import Graph, Resource

TREE_LIMIT: Final = 120
"""A longer tree is not read; then only the counts are printed."""
_STACK: Final = "pulumi:pulumi:Stack"


def custom(graph: Graph) -> tuple[Resource, ...]:
    """What exists outside Pulumi: neither components nor providers."""
    return graph.where(lambda r: r.custom and not r.type.startswith("pulumi:"))


def counts(graph: Graph) -> dict[str, int]:
    """How many there are of each type, sorted by type."""
    return dict(sorted(Counter(short(r.type) for r in custom(graph)).items()))


def lines(graph: Graph) -> tuple[str, ...]:
    """The tree, where it is short enough, and one line with the counts."""
    total = len(custom(graph))
    numbers = ", ".join(f"{count} {type_}" for type_, count in counts(graph).items())
    tree = _tree(graph) if total <= TREE_LIMIT else iter(())
    return (*tree, f"{total} resources: {numbers}")


def as_json(graph: Graph) -> list[dict[str, Any]]:
    """One entry for every resource that exists outside Pulumi, sorted by URN."""
    return [{"urn": r.urn, "type": r.type, "name": r.name, "source": r.source} for r in custom(graph)]


def short(type_: str) -> str:
    """`aws:iam/role:Role` as `aws:iam:Role`."""
    package, _, rest = type_.partition(":")
    module, _, name = rest.partition(":")
    return f"{package}:{module.partition('/')[0]}:{name}" if name else type_


def _tree(graph: Graph) -> Iterator[str]:
    children: dict[str | None, list[Resource]] = defaultdict(list)
    urns = {r.urn for r in graph.resources if r.type != _STACK}
    for resource in graph.resources:
        if resource.type != _STACK and not resource.type.startswith("pulumi:providers:"):
            children[resource.parent if resource.parent in urns else None].append(resource)
    yield from _branch(children, None, 0)


def _branch(children: dict[str | None, list[Resource]], parent: str | None, depth: int) -> Iterator[str]:
    for resource in sorted(children.get(parent, ()), key=lambda r: (r.type, r.name)):
        yield f"{'  ' * depth}{short(resource.type)} {resource.name}"
        yield from _branch(children, resource.urn, depth + 1)
