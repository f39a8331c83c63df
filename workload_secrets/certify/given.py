"""Values that the caller gives: one a line, or JSON. They are never an argument of a command."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

from workload_secrets.certify.document import parse
from workload_secrets.certify.known import MAX_BYTES, Known
from workload_secrets.errors import InputError

_STARTS: Final = (b"{", b"[")
_FRAME: Final = "-----"
"""How the first and last lines of a PEM file begin: the same in every file."""


def add_given(content: bytes, name: str, known: Known) -> None:
    """Values out of a file that messages call `name`. Those of JSON are named by their path, others by
    their line. Raises InputError for a file that is too large, no UTF-8, or without a value."""
    if len(content) > MAX_BYTES:
        raise InputError(f"--values {name}: larger than {MAX_BYTES} bytes. Give fewer values.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"--values {name}: no text in UTF-8. Write one value a line, or JSON.") from None
    found = list(_leaves(content, text))
    if not any(value.strip() for _, value in found):
        raise InputError(f"--values {name}: holds no value. Write one value a line, or JSON.")
    for place, value in found:
        known.add(f"--values {place}", value)


def _leaves(content: bytes, text: str) -> Iterator[tuple[str, str]]:
    if content.lstrip().startswith(_STARTS):
        try:
            data = parse(text)
        except ValueError:
            pass  # a value may begin like this too
        else:
            yield from _of_json(data)
            return
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.startswith(_FRAME):
            yield f"line {number}", line


def _of_json(data: Any) -> Iterator[tuple[str, str]]:
    """Leaves by path. A text that is JSON itself counts as a whole and by its own leaves."""
    todo: list[tuple[str, Any]] = [("", data)]
    while todo:
        path, item = todo.pop()
        if isinstance(item, dict):
            pairs = cast("dict[str, Any]", item)
            named = [(f"{path}.{key}" if path else key, value) for key, value in pairs.items()]
            todo.extend(reversed(named))
        elif isinstance(item, list):
            items = cast("list[Any]", item)
            todo.extend(reversed([(f"{path}[{number}]", value) for number, value in enumerate(items)]))
        elif isinstance(item, str):
            yield path, item
            if item.lstrip()[:1] in ("{", "["):
                try:
                    todo.append((path, parse(item)))
                except ValueError:
                    continue
        elif isinstance(item, int | float) and not isinstance(item, bool):
            yield path, str(item)
