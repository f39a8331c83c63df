"""Small pieces of Markdown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A pipe table; bars in cells are escaped."""
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    return [*lines, *(f"| {' | '.join(_cell(item) for item in row)} |" for row in rows)]


def fenced(text: str, language: str = "") -> list[str]:
    """A code block."""
    return [f"```{language}", *text.rstrip().splitlines(), "```"]


def code(text: str) -> str:
    """Inline code; nothing stays nothing."""
    return f"`{text}`" if text else ""


def docstring(thing: object) -> list[str]:
    """A docstring as paragraphs; its plain URLs become links."""
    text = inspect.cleandoc(getattr(thing, "__doc__", None) or "")
    return re.sub(r"(?<![<(])(https://\S+)", r"<\1>", text).splitlines()


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
