"""One way to make two runs comparable: what differs by chance is taken out, nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_CHANCE = (
    (re.compile(r"(127\.0\.0\.1|localhost|\[::1\]):\d+"), r"\1:PORT"),
    (re.compile(r"\.sandbox/[\w.-]+"), ".sandbox/NAME"),
    (re.compile(r"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----", re.DOTALL), r"PEM \1"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)"), "TIME"),
    (re.compile(r"\b(\w+/)(\w[\w/]*\.py):\d+"), r"\1\2:LINE"),
    (re.compile(r"\b\d+(?:\.\d+)? s\b"), "SECONDS s"),
)
"""Ports, sandbox folders, generated keys and ids, times, source lines and durations."""

_SETS = frozenset(
    {"observed", "declared", "derived", "usage", "notEnforced", "declaredOnly", "substitutions"}
)
"""Lists of a rehearsal whose order means nothing."""


def normal(value: Any, name: str = "") -> Any:
    """`value`, plain JSON data, without what differs by chance; lists without an order are sorted."""
    if isinstance(value, str):
        for pattern, word in _CHANCE:
            value = pattern.sub(word, value)
        return value
    if isinstance(value, Mapping):
        return {key: normal(value[key], key) for key in sorted(value)}
    if isinstance(value, list):
        items = [normal(item) for item in value]
        return sorted(items, key=repr) if name in _SETS else items
    return value
