"""JSON of others, whole: where a name stands twice in an object, both values are kept."""

from __future__ import annotations

import json
from typing import Any


def parse(text: str | bytes) -> Any:
    """The data. Raises ValueError for what is no JSON, or nested deeper than can be read."""
    try:
        return json.loads(text, strict=False, object_pairs_hook=_whole)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _whole(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        found = {}
        for name, value in pairs:
            key, number = name, 1
            while key in found:
                number += 1
                key = f"{name} ({number})"
            found[key] = value
    return found
