"""What a field's text or number has to be, as validators that any model file can use.

Patterns are ASCII only, so look-alike letters and control characters never pass.
"""

from __future__ import annotations

import re

from pydantic import AfterValidator

from components.config.problem import refuse, refuse_unseen


def pattern(pattern: str, allowed: str, remedy: str) -> AfterValidator:
    """A text that matches as a whole."""
    compiled = re.compile(pattern, re.ASCII)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            refuse(value, allowed, remedy)
        return value

    return AfterValidator(check)


def between(least: int, most: int, unit: str, remedy: str) -> AfterValidator:
    """A number within both bounds, which are allowed too."""

    def check(value: int) -> int:
        if not least <= value <= most:
            refuse(value, f"{least} to {most} {unit}", remedy)
        return value

    return AfterValidator(check)


def text(limit: int) -> AfterValidator:
    """One printable line. What was got is never shown: it could hold a secret."""

    def check(value: str) -> str:
        if len(value) > limit or not value.isprintable():
            refuse_unseen(
                f"one line of at most {limit} printable characters", "shorten it, without line breaks"
            )
        return value

    return AfterValidator(check)
