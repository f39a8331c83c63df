"""Resolved configuration of explicit providers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from workload_secrets.graph.model import Resource
from workload_secrets.provider_settings import resolve

# Without these a provider reads the environment of whoever runs it.
REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "aws": ("region", "allowedAccountIds"),
    "vault": ("address",),
    "kubernetes": ("kubeconfig",),
}


class Resolved:
    """Each provider's configuration, resolved once for all its resources."""

    def __init__(self) -> None:
        self._made: dict[str, dict[str, Any]] = {}

    def join(self, found: Resource, registered: Mapping[str, Resource]) -> Resource:
        """The resource with its explicit provider's configuration, if it has one."""
        key = found.provider_urn
        if key is None or key not in registered:
            return found
        if key not in self._made:
            self._made[key] = resolve(registered[key].inputs)
        return replace(found, provider=self._made[key])


def missing(package: str, inputs: Mapping[str, Any]) -> list[str]:
    """The settings a provider lacks and would look up in its surroundings."""
    return [key for key in REQUIRED.get(package, ()) if inputs.get(key) in (None, "", "[]")]
