"""Finds a secret in what was printed, by other means than those that take it out."""

from __future__ import annotations

from collections.abc import Iterator

from tests.outside.echo import QUOTINGS

PART = 8
"""Characters in a row that give a secret away."""


def leaks(text: str, secret: str) -> list[str]:
    """The quotings by which a part of the secret stands in the text."""
    return [name for name in QUOTINGS if any(form in text for form in _forms(name, secret))]


def _forms(name: str, secret: str) -> Iterator[str]:
    """Parts of a base64 text; else the quoted parts of the secret."""
    quoting = QUOTINGS[name]
    if name.startswith("base64"):
        yield from _parts(quoting(secret))
    else:
        yield from (
            quoting(part).strip("\"'[]") for part in _parts(secret) if not any(map(str.isspace, part))
        )
        yield quoting(secret).strip("\"'[]")


def _parts(text: str) -> list[str]:
    return [text[start : start + PART] for start in range(max(1, len(text) - PART + 1))]
