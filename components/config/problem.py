"""One thing that is wrong in a stack file, and how it reads."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NoReturn

from pydantic_core import PydanticCustomError

REFUSED: Final = "workload_secrets_refused"
_SHOWN: Final = 80
_KEY_SHOWN: Final = 200


@dataclass(frozen=True, kw_only=True)
class Problem:
    """`key` is dotted camelCase, as in the file; `got` is shown text, or None."""

    key: str
    got: str | None = None
    allowed: str
    remedy: str

    @property
    def root(self) -> str:
        """The top-level key of the stack file."""
        return self.key.partition(".")[0]

    def line(self, file: str) -> str:
        """FILE: KEY: got VALUE; allowed: ...; remedy: ..."""
        got = "" if self.got is None else f"got {self.got}; "
        plain = self.key.isascii() and self.key.isprintable() and len(self.key) <= _KEY_SHOWN
        key = self.key if plain else shown(self.key)
        return f"{file}: {key}: {got}allowed: {self.allowed}; remedy: {self.remedy}"


def shown(value: object) -> str:
    """A scalar as one short line of printable ASCII: look-alikes and controls are escaped."""
    if isinstance(value, list | tuple):
        return "a list"
    text = json.dumps(value) if isinstance(value, str | int | float | bool) or value is None else "an object"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"


def undeclared(key: str, name: str, section: str, known: Iterable[str], *, what: str = "mount") -> Problem:
    """`name` should be a key of `shared.SECTION`, and isn't."""
    return Problem(
        key=key,
        got=shown(name),
        allowed=f"a key of shared.{section}: {', '.join(sorted(known))}",
        remedy=f"declare the {what} in shared.{section}, or correct the name",
    )


def refuse(got: object, allowed: str, remedy: str) -> NoReturn:
    """Raises the pydantic error of a field that may be shown. `got` must not hold a secret."""
    raise PydanticCustomError(REFUSED, "{allowed}", {"got": shown(got), "allowed": allowed, "remedy": remedy})


def refuse_unseen(allowed: str, remedy: str) -> NoReturn:
    """Like `refuse`, for a value that could hold a secret and is not shown."""
    raise PydanticCustomError(REFUSED, "{allowed}", {"allowed": allowed, "remedy": remedy})
