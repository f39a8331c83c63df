"""The inputs of one resource, with a record of which ones a handler used.

A handler takes every input it understands; `finish` then raises for what is left. So no
input is dropped in silence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

from workload_secrets.graph.model import Unknown
from workload_secrets.sandbox.deploy.outcome import HandlerError


class NotHandledError(HandlerError):
    """An input that no handler uses."""


class Inputs:
    """Takes inputs by name (camelCase). An absent input and a null one are the same."""

    def __init__(self, values: Mapping[str, Any], prefix: str = "") -> None:
        self._all = {name: value for name, value in values.items() if value is not None}
        self._left = dict(self._all)
        self._prefix = prefix
        self.unasked: set[str] = set()
        """Inputs that were not given, of which the server has another value than the default."""
        self._nested: list[Inputs] = []

    def take(self, name: str, default: Any = None) -> Any:
        """The value as it is. Raises HandlerError where it isn't known."""
        value = self._left.pop(name, default)
        if isinstance(value, Unknown):
            raise HandlerError(f"input {self._prefix}{name} is not known")
        return value

    def text(self, name: str) -> str:
        """A text that must be there."""
        value = self.take(name)
        if not isinstance(value, str) or not value:
            raise HandlerError(f"input {self._prefix}{name} must be a text")
        return value

    def optional_text(self, name: str, default: str | None = None) -> str | None:
        value = self.take(name, default)
        if value is not None and not isinstance(value, str):
            raise HandlerError(f"input {self._prefix}{name} must be a text")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean; the texts true and false count too, as providers get every input as text."""
        value = self.take(name, default)
        if value in ("true", "false"):
            return value == "true"
        if not isinstance(value, bool):
            raise HandlerError(f"input {self._prefix}{name} must be true or false")
        return value

    def number(self, name: str, default: int | None = None) -> int | None:
        """A whole number; a float or a text that holds one counts too."""
        value = self.take(name, default)
        if value is None:
            return None
        try:
            whole = int(value)
        except (TypeError, ValueError):
            whole = None
        if whole is None or isinstance(value, bool) or float(value) != whole:
            raise HandlerError(f"input {self._prefix}{name} must be a whole number")
        return whole

    def texts(self, name: str) -> list[str]:
        """A list of texts, empty where absent."""
        value = self.take(name, [])
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise HandlerError(f"input {self._prefix}{name} must be a list of texts")
        items = list(cast("Sequence[Any]", value))
        if not all(isinstance(item, str) for item in items):
            raise HandlerError(f"input {self._prefix}{name} must be a list of texts")
        return items

    def mapping(self, name: str) -> dict[str, Any]:
        """An object, empty where absent."""
        value = self.take(name, {})
        if not isinstance(value, Mapping):
            raise HandlerError(f"input {self._prefix}{name} must be an object")
        return dict(cast("Mapping[str, Any]", value))

    def nested(self, name: str) -> Inputs:
        """An object whose own inputs must all be used too."""
        inner = type(self)(self.mapping(name), f"{self._prefix}{name}.")
        self._nested.append(inner)
        return inner

    def document(self, name: str) -> Any:
        """JSON, as text or as data."""
        value = self.take(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise HandlerError(f"input {self._prefix}{name} is not JSON") from None

    def only(self, name: str, *allowed: Any) -> Any:
        """An input of which the deploy supports certain values only, or its absence."""
        value = self.take(name)
        if value is not None and value not in allowed:
            choices = ", ".join(str(choice) for choice in allowed)
            raise HandlerError(f"input {self._prefix}{name} is supported here only as {choices}")
        return value

    def given(self, name: str) -> Any:
        """The value as it is, which stays to be taken; None where it is absent."""
        return self._left.get(name)

    def shown(
        self,
        names: Mapping[str, str],
        wanted: Mapping[str, Any],
        found: Mapping[str, Any],
        *,
        reads: Mapping[str, Callable[[Any], Any]] | None = None,
        stands_in: Collection[str] = (),
    ) -> dict[str, Any]:
        """What the server has, by input name; `names` are the keys of the inputs in `wanted` and in
        `found`. An input that servers write in another way is shown as it was given where what `reads`
        makes of it is found; one in whose place something else was written (`stands_in`), where that is.

        What was wanted proves nothing of the others: an input that its handler lost must show.
        """
        shown: dict[str, Any] = {}
        for name, key in names.items():
            if key not in found:
                continue
            if name not in self._all:
                if key in wanted and wanted[key] != found[key]:
                    self.unasked.add(name)
                shown[name] = found[key]
                continue
            given, read = self._all[name], (reads or {}).get(name)
            same = (name in stands_in and wanted[key] == found[key]) or (
                read is not None and read(given) == found[key]
            )
            shown[name] = given if same else found[key]
        return shown

    def original(self, name: str) -> Any:
        """The value as it was given, used or not; None where it is absent."""
        return self._all.get(name)

    def names(self) -> list[str]:
        """The inputs that no one has used yet."""
        return sorted(self._left)

    def finish(self) -> None:
        """Raises HandlerError naming every input that was not used. No server is asked to change
        anything before it."""
        left = [self._prefix + name for name in sorted(self._left)]
        for inner in self._nested:
            left += [inner._prefix + name for name in sorted(inner._left)]
        if left:
            raise NotHandledError(f"no handler for input {', '.join(left)}: the deploy would drop it")


class KnownInputs(Inputs):
    """Inputs from the engine's state. A refresh puts there what it found on the server, which may be
    what no program may ask for; the object must still be read and deleted."""

    def text(self, name: str) -> str:
        return str(self.take(name, ""))

    def number(self, name: str, default: int | None = None) -> int | None:
        with suppress(HandlerError):
            return super().number(name, default)
        return default

    def only(self, name: str, *allowed: Any) -> Any:
        return self.take(name)


class Understood(Exception):  # noqa: N818 no error
    """A handler took every input; nothing was made."""


class CheckedInputs(Inputs):
    """Inputs to look at only: `finish` raises Understood where all were used.

    `guessed` tells whether something stood in for an input that isn't known yet, which is usual
    in a preview. Then other complaints than that of `finish` may be about what stood in.
    """

    def __init__(self, values: Mapping[str, Any], prefix: str = "") -> None:
        super().__init__(values, prefix)
        self._guessed = False

    @property
    def guessed(self) -> bool:
        inner = (inputs for inputs in self._nested if isinstance(inputs, CheckedInputs))
        return self._guessed or any(inputs.guessed for inputs in inner)

    def take(self, name: str, default: Any = None) -> Any:
        value = self._left.get(name)
        if isinstance(value, Unknown):
            self._guessed = True
            self._left[name] = default
        elif isinstance(value, list):
            items = cast("list[Any]", value)
            known = [item for item in items if not isinstance(item, Unknown)]
            self._guessed = self._guessed or len(known) != len(items)
            self._left[name] = known
        return super().take(name, default)

    def text(self, name: str) -> str:
        if isinstance(self._left.get(name), Unknown):
            self._left[name] = name
            self._guessed = True
        return super().text(name)

    def finish(self) -> None:
        super().finish()
        raise Understood
