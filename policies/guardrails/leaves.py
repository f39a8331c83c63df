"""Going through everything that a resource holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from policies.guardrails.resource import Path


def leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every leaf with its path, without recursion: data may be nested at will."""
    stack: list[tuple[Path, Any]] = [(path, value)]
    while stack:
        at, part = stack.pop()
        if isinstance(part, Mapping):
            found = list(cast("Mapping[Any, Any]", part).items())
            stack.extend(((*at, str(key)), item) for key, item in reversed(found))
        elif isinstance(part, list | tuple):
            items = list(enumerate(cast("Sequence[Any]", part)))
            stack.extend(((*at, index), item) for index, item in reversed(items))
        else:
            yield at, part
