"""The principals of other stacks, which are intruders at this stack's roles.

Several clusters may share one Vault, or one AWS account. Each has its own way in, and a
token of one must open nothing of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from workload_secrets.access.derived import any_route, declaration_of
from workload_secrets.access.matrix import Cell, Matrix
from workload_secrets.access.principals import Actor, Wallet, actors
from workload_secrets.declaration import Declaration
from workload_secrets.graph.model import Graph


def strangers(stack: str, declaration: Declaration) -> tuple[Actor, ...]:
    """The declared principals of another stack, called STACK:NAME."""
    return tuple(
        replace(actor, name=f"{stack}:{actor.name}", kind="intruder", of=actor.name)
        for actor in actors(declaration)
        if actor.kind in ("workload", "writer", "job") and actor.has_identity
    )


def stranger_wallet(declaration: Declaration, here: Declaration) -> Wallet:
    """What they can show: their own tokens, with every audience in use in either stack."""
    return Wallet(declaration, audiences=Wallet(here).audiences)


def derived_strangers(graph: Graph, others: Mapping[str, Declaration]) -> Matrix:
    """What the documents of a graph grant the principals of other stacks, by stack."""
    return Matrix.of(_cells(graph, others))


def _cells(graph: Graph, others: Mapping[str, Declaration]) -> Iterator[Cell]:
    here = declaration_of(graph)
    decide = any_route(graph, here)
    for stack, declaration in others.items():
        wallet = stranger_wallet(declaration, here)
        for actor in strangers(stack, declaration):
            yield from decide(wallet, actor)
