"""What a handler answers, and the way every handler settles one object on a server."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

_GONE_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.1

State = Literal["created", "updated", "same"]
Operation = Literal["apply", "create", "read", "compare", "update", "delete"]
"""`apply` makes or corrects an object without knowing of it. The others are a provider's: the
engine knows from its state what there should be. `compare` reads, and answers `updated` where the
object isn't as it is wanted."""


class HandlerError(Exception):
    """A resource can't be made. The message says what was asked and what the server said."""


class OccupiedError(HandlerError):
    """The object was there before, so what is there isn't this resource's."""


class Gone(Exception):  # noqa: N818 no error where it is deleted or read
    """The object isn't there: it never was, someone else removed it, or it was just deleted."""


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
    `delete` is None where the server keeps no such object by itself, such as the settings of a
    mount: then only the state forgets it, as the real provider does it.
    """

    what: str
    wanted: Mapping[str, Any]
    read: Callable[[], Mapping[str, Any] | None]
    create: Callable[[], None]
    update: Callable[[frozenset[str]], None]
    delete: Callable[[], None] | None = None
    fixed: frozenset[str] = frozenset()


def whole(
    what: str,
    wanted: Mapping[str, Any],
    read: Callable[[], Mapping[str, Any] | None],
    put: Callable[[], None],
    delete: Callable[[], None] | None,
) -> Managed:
    """An object that the same call writes as a whole, new or not."""
    return Managed(what=what, wanted=wanted, read=read, create=put, update=lambda _: put(), delete=delete)


def settle(
    managed: Managed, operation: Operation = "apply", occupied: Callable[[str], None] = lambda _: None
) -> tuple[State, Mapping[str, Any]]:
    """Does one operation on the object, and reads it back. Answers what was read.

    `occupied` gets the object's name where a create finds one there, and raises where its API
    would refuse. Raises Gone, after a deletion too; and HandlerError where a fixed property differs,
    or where what is read back isn't what was written.
    """
    found = managed.read()
    if operation == "create":
        if found is not None:
            occupied(managed.what)
        managed.create()
        return "created", _read_back(managed)
    if found is None:
        if operation != "apply":
            raise Gone(managed.what)
        managed.create()
        return "created", _read_back(managed)
    if operation == "read":
        return "same", found
    if operation == "delete":
        _delete(managed)
    differs = _differs(managed.wanted, found)
    if operation == "compare":
        return "updated" if differs else "same", found
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


def _delete(managed: Managed) -> None:
    """Raises Gone once the object is gone."""
    if managed.delete is not None:
        managed.delete()
        until = time.monotonic() + _GONE_SECONDS
        # A namespace of Vault is emptied after the answer; the provider waits for it as well.
        while managed.read() is not None:
            if time.monotonic() > until:
                raise HandlerError(f"{managed.what} was deleted but is still there when read back")
            time.sleep(_POLL_SECONDS)
    raise Gone(managed.what)


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
