"""Text of others, such as names in a pull request, made harmless for terminals and Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_TICKS: Final = re.compile(r"`+")
_MARKUP: Final = re.compile(r"([\\`*_\[\]{}~|$])")
_CALLS: Final = re.compile(r"(?<=[@#])(?=\w)")
"""Where a code host would call somebody or link an issue."""


def visible(text: str) -> str:
    """One line without what steers a terminal, reorders text or shows nothing: each such
    character is written as its number, such as \\u001b."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def code(text: str) -> str:
    """A Markdown code span that the text can't end. Not for cells of a table: there a pipe
    ends it."""
    shown = visible(text) or "(empty)"
    ticks = "`" * (_longest([shown]) + 1)
    # Blanks at both ends are taken off, unless there is nothing else.
    pad = " " if shown.strip(" ") and (shown[0] in "` " or shown[-1] in "` ") else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def prose(text: str) -> str:
    """Markdown that shows the text as it is; also for cells of a table."""
    uncalled = _CALLS.sub("\u200b", visible(text))
    plain = uncalled.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKUP.sub(_entity, plain)


def fenced(lines: Iterable[str]) -> tuple[str, ...]:
    """A fenced block of Markdown that no line can end."""
    shown = tuple(visible(line) for line in lines)
    ticks = "`" * max(3, _longest(shown) + 1)
    return ticks, *shown, ticks


def _entity(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"


def _longest(lines: Iterable[str]) -> int:
    return max((len(run) for line in lines for run in _TICKS.findall(line)), default=0)
