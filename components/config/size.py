"""Bounds on a stack's configuration, checked before anything else looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from components.config.problem import Problem

MAX_CHARACTERS: Final = 8 * 1024 * 1024
MAX_NODES: Final = 500_000
MAX_DEPTH: Final = 24


def too_large(data: Mapping[str, Any]) -> Problem | None:
    """A problem where the configuration is over a bound, aliases counted as often as used.

    Stops at the first bound, so an expanding file costs no more than the bound itself.
    """
    nodes = characters = 0
    waiting: list[tuple[Any, int]] = [(data, 0)]
    while waiting:
        value, depth = waiting.pop()
        nodes += 1
        if isinstance(value, str):
            characters += len(value)
        elif isinstance(value, Mapping):
            pairs = cast("Mapping[Any, Any]", value).items()
            waiting.extend((inner, depth + 1) for pair in pairs for inner in pair)
        elif isinstance(value, list | tuple):
            waiting.extend((inner, depth + 1) for inner in cast("list[Any]", value))
        if nodes + len(waiting) > MAX_NODES or characters > MAX_CHARACTERS or depth > MAX_DEPTH:
            return _over(nodes + len(waiting), characters, depth)
    return None


def _over(nodes: int, characters: int, depth: int) -> Problem | None:
    for got, limit, unit in (
        (nodes, MAX_NODES, "values"),
        (characters, MAX_CHARACTERS, "characters"),
        (depth, MAX_DEPTH, "levels"),
    ):
        if got > limit:
            return Problem(
                key="(the whole file)",
                got=f"more than {limit} {unit}",
                allowed=f"at most {limit} {unit}",
                remedy="split the stack, and check for YAML aliases that expand",
            )
    return None
