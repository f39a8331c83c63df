"""The resources that one belongs to, out of those that a program has registered so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from policies.guardrails.resource import NotEvaluable, Resource, Unreadable
from policies.guardrails.rule import Context
from policies.guardrails.stack import Stack

Handle: TypeAlias = tuple[str, ...]
"""A kind of thing, and its name. Namespaces may be left out: what is near may be too much."""


@dataclass(frozen=True)
class Links:
    """`own` is what a resource is called, `names` what it refers to. `owners` are those of them
    to which it adds something, as a role's policy does: then all that is added belongs to it."""

    own: tuple[Handle, ...] = ()
    names: tuple[Handle, ...] = ()
    owners: tuple[Handle, ...] = ()


Linker: TypeAlias = Callable[[Resource, Context], Links]
"""Reads the links of a resource. Raises NotEvaluable or Unreadable where it can't."""


_Lead: TypeAlias = tuple[Handle, Mapping[Handle, Sequence[Resource]]]


class Seen:
    """What a program has registered so far. A look-up takes as long as what it finds is large."""

    def __init__(self, linkers: Iterable[tuple[str, Linker]]) -> None:
        """`linkers`: how types begin, with what reads their links."""
        self._linkers = tuple(linkers)
        self._links: dict[str, Links] = {}
        self._called: dict[Handle, list[Resource]] = defaultdict(list)
        self._naming: dict[Handle, list[Resource]] = defaultdict(list)

    def add(self, resource: Resource, context: Context) -> None:
        """Notes a resource. One that is told again, as an engine does of what it replaces, isn't
        noted twice."""
        if resource.urn in self._links:
            return
        links = self._links[resource.urn] = self._read(resource, context)
        for handle in links.own:
            self._called[handle].append(resource)
        for handle in (*links.names, *links.owners):
            self._naming[handle].append(resource)

    def near(self, resource: Resource) -> Stack:
        """A resource that was added, what is called like it, all that refers to it, what its owners
        have beside it, and all that these refer to."""
        links = self._links[resource.urn]
        users = {resource.urn: resource}
        self._gather(users, lambda one: ((handle, self._naming) for handle in one.own))
        found = dict(users)
        beside = [
            *((handle, self._called) for handle in links.own),
            *((h, self._naming) for h in links.owners),
        ]
        for handle, index in beside:
            found.update((one.urn, one) for one in index.get(handle, ()))
        self._gather(found, lambda one: ((handle, self._called) for handle in (*one.names, *one.owners)))
        return Stack(found.values())

    def _gather(self, found: dict[str, Resource], leads: Callable[[Links], Iterable[_Lead]]) -> None:
        """Adds what the links of those that are found lead to, and theirs."""
        todo = list(found)
        while todo:
            for handle, index in leads(self._links[todo.pop()]):
                new = [one for one in index.get(handle, ()) if one.urn not in found]
                found.update((one.urn, one) for one in new)
                todo += (one.urn for one in new)

    def _read(self, resource: Resource, context: Context) -> Links:
        """No links where they can't be read: the rules say so of the whole stack."""
        for start, read in self._linkers:
            if resource.type.startswith(start):
                try:
                    return read(resource, context)
                except (NotEvaluable, Unreadable):
                    return Links()
        return Links()
