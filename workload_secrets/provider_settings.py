"""The settings of an explicit provider with their own types.

A provider resource has every input as a string, nested ones as JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

_NUMBERS: Final = {"maxRetries", "maxRetriesCcc", "maxLeaseTtlSeconds", "tokenBucketRateLimiterCapacity"}


def resolve(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The values with their own types. A kubeconfig in JSON becomes a mapping. What isn't text,
    such as the mark of an unknown value, stays as it is."""
    return {key: _value(key, value) for key, value in inputs.items() if key != "version"}


def _value(key: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if key in _NUMBERS or value in ("true", "false") or value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
