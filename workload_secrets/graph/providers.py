"""Resolved configuration of explicit providers.

A provider resource has every input as a string, nested ones as JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from workload_secrets.graph.model import UNKNOWN, Resource

# Without these a provider reads the environment of whoever runs it.
REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "aws": ("region", "allowedAccountIds"),
    "vault": ("address",),
    "kubernetes": ("kubeconfig",),
}
_NUMBERS: Final = {"maxRetries", "maxRetriesCcc", "maxLeaseTtlSeconds", "tokenBucketRateLimiterCapacity"}


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


def resolve(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The values with their own types. A kubeconfig in JSON becomes a mapping."""
    return {key: _value(key, value) for key, value in inputs.items() if key != "version"}


def _value(key: str, value: Any) -> Any:
    if value is UNKNOWN or not isinstance(value, str):
        return value
    if key in _NUMBERS or value in ("true", "false") or value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def missing(package: str, inputs: Mapping[str, Any]) -> list[str]:
    """The settings a provider lacks and would look up in its surroundings."""
    return [key for key in REQUIRED.get(package, ()) if inputs.get(key) in (None, "", "[]")]
