"""Durations as Vault takes and gives them."""

from __future__ import annotations

import re
from typing import Any, Final

from workload_secrets.sandbox.deploy.outcome import HandlerError

_UNITS: Final = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_PART: Final = re.compile(r"(\d+)([dhms])")


def seconds(value: Any) -> int:
    """Seconds of a number, of a text of digits, or of a Go duration such as 1h30m."""
    if isinstance(value, int | float):
        return int(value)
    text = str(value).strip()
    if not text:
        return 0
    if text.isdigit():
        return int(text)
    if not re.fullmatch(r"(\d+[dhms])+", text):
        raise HandlerError(f"{text} is no duration: write seconds, or such as 1h30m")
    return sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(text))


def read(value: Any) -> Any:
    """Seconds of a duration that a server gave; as it is where it is none of whole seconds."""
    try:
        return seconds(value)
    except HandlerError:
        return value


def written(value: int) -> str:
    """Seconds as Vault takes them."""
    return f"{value}s"
