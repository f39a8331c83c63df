"""Reading the inputs of an object whose leaves may not be known yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

Path = tuple[str | int, ...]


class Unclear(Exception):  # noqa: N818 an outcome, no error
    """The value at `path` isn't known, or, where `wanted` says something, is of another form."""

    def __init__(self, path: Path, wanted: str = "") -> None:
        super().__init__(".".join(str(part) for part in path))
        self.path = path
        self.wanted = wanted


@dataclass(frozen=True)
class Node:
    """A value and where it stands. What is no JSON value isn't known. Reading raises Unclear."""

    value: Any
    path: Path = ()

    @property
    def given(self) -> bool:
        """Whether there is a value. One that isn't known is given."""
        return self.value is not None

    def at(self, *keys: str) -> Node:
        """The value below these keys; a node without a value where one is missing."""
        found = self
        for key in keys:
            found = Node(found.mapping().get(key), (*found.path, key))
        return found

    def mapping(self) -> Mapping[str, Any]:
        """An object; empty where there is none."""
        return cast("Mapping[str, Any]", self._read(Mapping, "object") or {})

    def text(self) -> str:
        """A text; empty where there is none."""
        return cast("str", self._read(str, "text") or "")

    def flag(self) -> bool:
        """True or false; false where there is neither."""
        return bool(self._read(bool, "true or false"))

    def each(self) -> Iterator[Node]:
        """The entries of a list; none where there is none."""
        found = cast("list[Any] | tuple[Any, ...]", self._read((list, tuple), "list") or ())
        for index, value in enumerate(found):
            yield Node(value, (*self.path, index))

    def texts(self) -> tuple[str, ...]:
        """The texts of a list."""
        return tuple(entry.text() for entry in self.each())

    def _read(self, kind: type | tuple[type, ...], wanted: str) -> object:
        if self.value is None or isinstance(self.value, kind):
            return self.value
        plain = isinstance(self.value, (str, bool, int, float, list, tuple, Mapping))
        raise Unclear(self.path, wanted if plain else "")
