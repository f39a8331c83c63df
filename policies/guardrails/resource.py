"""One resource as a rule sees it, whichever way it came: engine, own monitor, or state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final, cast

Path = tuple[str | int, ...]


class Unknown:
    """A value that isn't known yet. There is one instance, `UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __reduce__(self) -> str:
        return "UNKNOWN"  # copies of it are itself


UNKNOWN: Final = Unknown()


class NotEvaluable(Exception):  # noqa: N818 an outcome, no error
    """A rule met a value that isn't known, at `path`."""

    def __init__(self, path: Path) -> None:
        super().__init__(shown(path))
        self.path = path


class Unreadable(Exception):  # noqa: N818 an outcome, no error
    """A value at `path` isn't what such a property holds; `wanted` says what would be."""

    def __init__(self, path: Path, wanted: str) -> None:
        super().__init__(f"{shown(path)} is no {wanted}")
        self.path = path
        self.wanted = wanted


@dataclass(frozen=True, kw_only=True)
class Resource:
    """`inputs` are plain JSON values, camelCase; a leaf that isn't known is UNKNOWN.

    None stands for what a way can't see: `secrets`, the paths marked secret; `retain_on_delete`
    and `depends_on` (a policy pack isn't told; pulumi sdk/proto/analyzer.proto). `provider` is
    the configuration of its explicit provider. `source`: `file:line`, or empty.
    """

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    parent: str | None = None
    protect: bool = False
    provider: Mapping[str, Any] = field(default_factory=dict[str, Any])
    secrets: frozenset[Path] | None = None
    retain_on_delete: bool | None = None
    depends_on: tuple[str, ...] | None = None
    source: str = ""

    def get(self, *path: str | int) -> Any:
        """The value at a path, None where there is none. Raises NotEvaluable where it, or what
        it stands in, isn't known. What stands deeper may still be unknown."""
        value: Any = self.inputs
        for depth, part in enumerate(path):
            value = _step(value, part)
            if value is UNKNOWN:
                raise NotEvaluable(path[: depth + 1])
        return value

    def text(self, *path: str | int) -> str | None:
        """Like `get`, of a text. Raises Unreadable for anything else."""
        return self._typed(path, str, "text")

    def flag(self, *path: str | int) -> bool | None:
        """Like `get`, of true or false."""
        return self._typed(path, bool, "true or false")

    def number(self, *path: str | int) -> int | float | None:
        """Like `get`, of a number."""
        value = self.get(*path)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        if isinstance(value, float) and isfinite(value):
            return value
        raise Unreadable(path, "number")

    def texts(self, *path: str | int) -> tuple[str, ...]:
        """Like `get`, of a list of texts, each known; empty where there is none."""
        value = self.get(*path)
        if value is None:
            return ()
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise Unreadable(path, "list of texts")
        items = cast("Sequence[Any]", value)
        return tuple(self.text(*path, index) or "" for index in range(len(items)))

    def object(self, *path: str | int) -> Mapping[str, Any]:
        """Like `get`, of an object; empty where there is none."""
        return self._typed(path, Mapping, "object") or {}

    def items(self, *path: str | int) -> tuple[Any, ...]:
        """Like `get`, of a list; empty where there is none. Items may be UNKNOWN."""
        value = self.get(*path)
        if isinstance(value, str) or not isinstance(value, Sequence | None):
            raise Unreadable(path, "list")
        return tuple(cast("Sequence[Any]", value or ()))

    def _typed(self, path: Path, kind: type, wanted: str) -> Any:
        value = self.get(*path)
        if value is None or isinstance(value, kind):
            return value
        raise Unreadable(path, wanted)


def _step(value: Any, part: str | int) -> Any:
    if isinstance(part, int):
        if isinstance(value, str) or not isinstance(value, Sequence):
            return None
        items = cast("Sequence[Any]", value)
        return items[part] if part < len(items) else None
    return cast("Mapping[str, Any]", value).get(part) if isinstance(value, Mapping) else None


def shown(path: Path) -> str:
    """`a.b[0].c`."""
    made = ""
    for part in path:
        made += f"[{part}]" if isinstance(part, int) else f".{part}" if made else part
    return made
