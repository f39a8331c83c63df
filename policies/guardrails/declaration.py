"""Reading what a stack declares. It may come from any program: what is missing, isn't known or
has another form counts as not declared, so rules are strict about it and never crash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast


def part(value: Any, *path: str) -> Mapping[str, Any]:
    """An object within a declaration; empty where there is none."""
    for key in path:
        value = cast("Mapping[str, Any]", value).get(key) if isinstance(value, Mapping) else None
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def parts(value: Any, *path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects of such an object, by their keys."""
    found = part(value, *path)
    for key in found:
        if isinstance(found[key], Mapping):
            yield key, found[key]


def entries(value: Any, *path: str) -> Iterator[Mapping[str, Any]]:
    """The objects of a list within a declaration."""
    for entry in _items(value, path):
        if isinstance(entry, Mapping):
            yield cast("Mapping[str, Any]", entry)


def words(value: Any, *path: str) -> tuple[str, ...]:
    """The texts of a list within a declaration, or the keys of an object."""
    found = part(value, *path)
    return tuple(found) or tuple(item for item in _items(value, path) if isinstance(item, str))


def word(value: Any, *path: str) -> str:
    """A text within a declaration; empty where there is none."""
    found = part(value, *path[:-1]).get(path[-1])
    return found if isinstance(found, str) else ""


def count(value: Any, *path: str) -> int | None:
    """A whole number within a declaration; None where there is none."""
    found = part(value, *path[:-1]).get(path[-1])
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _items(value: Any, path: tuple[str, ...]) -> list[Any] | tuple[Any, ...]:
    found: Any = part(value, *path[:-1]).get(path[-1])
    return cast("list[Any] | tuple[Any, ...]", found) if isinstance(found, list | tuple) else ()
