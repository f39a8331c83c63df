"""One thing that a reader of a preview should know, and what finds such things."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from workload_secrets.declaration import Declaration
from workload_secrets.graph.model import Graph

Level = Literal["note", "warning", "violation"]


@dataclass(frozen=True)
class Notice:
    """`text` says what holds, what follows from it, and what to do. `source`: `file:line`."""

    level: Level
    text: str
    source: str = ""


Rule: TypeAlias = Callable[[Graph, Declaration], Iterable[Notice]]
