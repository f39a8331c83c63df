"""Namespaces that delivery objects let use the identity of another one, as principals.

What they get is derived from the rights of the identity that the object logs in as; declared is
none. They are never tried: no operator runs in a rehearsal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from workload_secrets.access.matrix import Cell
from workload_secrets.access.principals import Actor
from workload_secrets.access.verbs import verbs_of
from workload_secrets.decide.answer import Answer
from workload_secrets.decide.delivery.model import Login, Route
from workload_secrets.decide.delivery.node import Unclear
from workload_secrets.decide.delivery.routes import Delivery
from workload_secrets.decide.delivery.spaces import EVERYBODY
from workload_secrets.declaration import Declaration
from workload_secrets.graph.model import Graph, Resource

Rights = Callable[[Actor, Login], Iterator[Cell]]
"""What an account gets where an object logs in as it."""
_UNTRIED: Final = "no operator runs here; what its objects let in shows in the documents alone"


def admitted(graph: Graph, declaration: Declaration, rights: Rights) -> Iterator[Cell]:
    """What every namespace gets that is let in; refusals are left out."""
    delivery = Delivery.of((r.urn, r.type, r.inputs, r.provider) for r in graph.resources)
    for item in delivery.objects:
        resource = graph.get(item.key)
        try:
            for route in delivery.routes(item):
                yield from _route(route, resource, declaration, rights)
        except Unclear as unclear:
            reason = f"{item.title}: {unclear} is not known"
            yield from _unknown(f"other namespaces via {item.title}", reason, resource, declaration, "")


def untried(names: Iterable[str], declaration: Declaration) -> Iterator[Cell]:
    """The column `observed` of these principals."""
    for name in names:
        for secret, found in declaration.secrets.items():
            for verb in verbs_of(found):
                yield Cell(name, secret, verb, Answer.UNKNOWN, (_UNTRIED,), tried=False)


def _route(route: Route, resource: Resource, declaration: Declaration, rights: Rights) -> Iterator[Cell]:
    for name, answer in _principals(route):
        if not route.login.told:
            text = route.sentence()
            yield from _unknown(name, text, resource, declaration, route.login.system, route.login.remote)
            continue
        actor = Actor(
            name=name,
            kind="intruder",
            namespace=route.login.by.namespace,
            service_account=route.login.by.name,
        )
        for cell in rights(actor, route.login):
            sure = cell.answer if answer is Answer.YES else Answer.UNKNOWN
            reasons = (f"{route.item.title}: {route.sentence()}", *cell.reasons)
            yield replace(cell, answer=sure, reasons=reasons, source=resource.source)


def _principals(route: Route) -> Iterator[tuple[str, Answer]]:
    """Each namespace that is known by name, and all others together."""
    others = route.others
    for namespace in others.named:
        yield f"namespace {namespace} via {route.through}", others.answer
    if others.rest is not Answer.NO:
        which = EVERYBODY if others.words == EVERYBODY else "other namespaces"
        yield f"{which} via {route.through}", others.rest


def _unknown(
    name: str, reason: str, resource: Resource, declaration: Declaration, system: str, remote: str = ""
) -> Iterator[Cell]:
    """Reading of every secret that the identity may read, which nobody can say."""
    for secret, found in declaration.secrets.items():
        if remote and not _lies_in(declaration, secret, remote):
            continue
        if remote or system in ("", "unknown", found.system):
            verb = verbs_of(found)[0]
            yield Cell(name, secret, verb, Answer.UNKNOWN, (reason,), resource.source)


def _lies_in(declaration: Declaration, secret: str, namespace: str) -> bool:
    """Whether a delivery puts the secret into a Kubernetes Secret of the namespace."""
    return any(
        principal.delivery is not None and secret in principal.delivery.kubernetes_secrets
        for principal in declaration.principals.values()
        if principal.namespace == namespace
    )
