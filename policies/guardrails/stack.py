"""All resources together, and what the stack declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from policies.guardrails.resource import Resource

Declared = Mapping[str, Any]
"""The platform's declaration as JSON (`workload_secrets.declaration` has its model)."""


class Stack:
    """The resources of one stack, indexed."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources = tuple(sorted(resources, key=lambda r: r.urn))

    def of(self, *types: str) -> tuple[Resource, ...]:
        """Every resource of these types, sorted by URN within a type."""
        return tuple(resource for type_ in types for resource in self._by_type.get(type_, ()))

    @cached_property
    def _by_type(self) -> dict[str, list[Resource]]:
        groups: dict[str, list[Resource]] = {}
        for resource in self.resources:
            groups.setdefault(resource.type, []).append(resource)
        return groups
