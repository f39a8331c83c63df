"""What a handler answers, and the way every handler settles one object on a server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["created", "updated", "same"]


class HandlerError(Exception):
    """A resource can't be made. The message says what was asked and what the server said."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """`outputs` are camelCase and hold `id`."""

    state: State
    outputs: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Managed:
    """One object on one server, by the properties that this deploy sets.

    `read` answers the object's properties under the same names as `wanted`, or None where
    there is no object; properties that only the server sets (an ARN) may stand there too.
    `update` gets the names that differ. `fixed` are the names that can't be changed.
    """

    what: str
    wanted: Mapping[str, Any]
    read: Callable[[], Mapping[str, Any] | None]
    create: Callable[[], None]
    update: Callable[[frozenset[str]], None]
    fixed: frozenset[str] = frozenset()


def settle(managed: Managed) -> tuple[State, Mapping[str, Any]]:
    """Makes or corrects the object, then reads it back. Answers what was read.

    Raises HandlerError where a fixed property differs, or where what is read back isn't
    what was written.
    """
    found = managed.read()
    if found is None:
        managed.create()
        return "created", _read_back(managed)
    differs = _differs(managed.wanted, found)
    if not differs:
        return "same", found
    blocked = differs & managed.fixed
    if blocked:
        raise HandlerError(
            f"{managed.what} exists and differs in {', '.join(sorted(blocked))}, which can't be "
            "changed in place: if another stack made it, rename one of the two; else start a new sandbox"
        )
    managed.update(differs)
    return "updated", _read_back(managed)


def never(what: str) -> Callable[[frozenset[str]], None]:
    """An `update` for objects that have nothing to update."""

    def refuse(differs: frozenset[str]) -> None:
        raise HandlerError(f"{what} exists and differs in {', '.join(sorted(differs))}")

    return refuse


def _differs(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(name for name, value in wanted.items() if found.get(name) != value)


def _read_back(managed: Managed) -> Mapping[str, Any]:
    found = managed.read()
    if found is None:
        raise HandlerError(f"{managed.what} was written but is not there when read back")
    differs = _differs(managed.wanted, found)
    if differs:
        raise HandlerError(
            f"{managed.what} read back differs from what was written in {', '.join(sorted(differs))}"
        )
    return found
