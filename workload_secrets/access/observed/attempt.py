"""One attempt and what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from workload_secrets.decide.answer import Answer


@dataclass(frozen=True)
class Attempt:
    """`digests` and `lengths` are of what was read, by key; values are never kept."""

    answer: Answer
    reason: str
    digests: Mapping[str, str] | None = None
    lengths: Mapping[str, int] | None = None


def refused(reason: str) -> Attempt:
    return Attempt(Answer.NO, reason)


def allowed(reason: str) -> Attempt:
    return Attempt(Answer.YES, reason)


def unclear(reason: str) -> Attempt:
    """The server failed in a way that says neither yes nor no."""
    return Attempt(Answer.UNKNOWN, reason)


def read_values(values: Mapping[str, str], reason: str) -> Attempt:
    """A successful read: only digests and lengths of the values are kept."""
    return Attempt(
        Answer.YES,
        reason,
        {key: digest(value) for key, value in values.items()},
        {key: len(value) for key, value in values.items()},
    )


def digest(value: str) -> str:
    """What stands for a value in comparisons."""
    return hashlib.sha256(value.encode()).hexdigest()
