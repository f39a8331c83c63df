"""Dependency shapes that the Python SDK can't carry.

Every edge makes the SDK walk all transitive dependencies recursively: a chain of 400 costs
0.9 s, 800 costs 4 s, 1000 end in RecursionError; 400 resources that each depend on all
earlier ones cost 183 s (measured with pulumi 3.272).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from workload_secrets.graph.errors import ProgramError

CHAIN_LIMIT: Final = 400
"""Resources in a row, each depending on the one before."""
BARRIER_WIDTH: Final = 100
"""Dependencies that make a resource a barrier."""
BARRIER_LIMIT: Final = 10
"""Barriers in one program."""


class Shape:
    """Watches dependencies as they are registered. Not safe for threads by itself."""

    def __init__(self) -> None:
        self._depth: dict[str, int] = {}
        self._barriers = 0

    def add(self, urn: str, dependencies: Iterable[str]) -> None:
        """Raises ProgramError naming the limit that is passed."""
        needed = set(dependencies)
        depth = 1 + max((self._depth.get(other, 0) for other in needed), default=0)
        self._depth[urn] = depth
        if depth > CHAIN_LIMIT:
            raise ProgramError(chain(urn))
        if len(needed) > BARRIER_WIDTH:
            self._barriers += 1
        if self._barriers > BARRIER_LIMIT:
            raise ProgramError(
                f"{urn}: depends on {len(needed)} resources, as do {self._barriers - 1} others "
                f"(BARRIER_LIMIT is {BARRIER_LIMIT} of more than {BARRIER_WIDTH}). Depend on one leaf, "
                "never on a component with many children."
            )


def chain(where: str) -> str:
    """The message for a chain that is too long."""
    return (
        f"{where}: stands at the end of a chain of more than {CHAIN_LIMIT} dependencies (CHAIN_LIMIT); "
        "the SDK fails near 1000. Let resources depend on what they need, not on the one before."
    )
