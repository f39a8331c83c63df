"""Waivers: findings that somebody answers for until a date. Read from `waivers.yaml`.

A crash and what couldn't be evaluated are never waived: nobody knows what they hide.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, cast

import yaml

LONGEST: Final = timedelta(days=90)
_KEYS: Final = ("rule", "resource", "owner", "reason", "expires")


class BadWaivers(ValueError):  # noqa: N818 reads better
    """The file is no list of waivers. The message names file, entry and key."""


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """`resource` is `STACK::TYPE::NAME`; in other stacks the waiver says nothing. `expires` is
    the last day."""

    rule: str
    resource: str
    owner: str
    reason: str
    expires: date

    def __str__(self) -> str:
        return f"{self.rule} on {self.resource}"

    @property
    def stack(self) -> str:
        """The stack that it is for."""
        return self.resource.partition("::")[0]


def read(file: Path) -> tuple[Waiver, ...]:
    """The waivers of a file; none where it doesn't exist. Raises BadWaivers."""
    if not file.exists():
        return ()
    try:
        entries: Any = yaml.safe_load(file.read_text("utf-8")) or []
    except (yaml.YAMLError, UnicodeDecodeError):
        raise BadWaivers(f"{file.name}: not YAML") from None
    if not isinstance(entries, list):
        raise BadWaivers(f"{file.name}: got {type(entries).__name__}; allowed: a list of waivers")
    found = cast("list[Any]", entries)
    return tuple(_waiver(file.name, number, entry) for number, entry in enumerate(found, 1))


def problem(waiver: Waiver, known: Collection[str], today: date) -> str | None:
    """What is wrong with a waiver by itself, a sentence: it waives nothing then."""
    if waiver.rule not in known:
        return f"{waiver}: there is no such rule; correct its id"
    if waiver.expires < today:
        return f"{waiver}: expired on {waiver.expires}; {waiver.owner} has to mend the resource or renew it"
    if waiver.expires > today + LONGEST:
        return f"{waiver}: lasts until {waiver.expires}; at most {LONGEST.days} days from today are allowed"
    return None


def _waiver(file: str, number: int, entry: Any) -> Waiver:
    given = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
    if set(given) != set(_KEYS):
        raise BadWaivers(f"{file}: entry {number}: allowed: exactly the keys {', '.join(_KEYS)}")
    expires = given["expires"]
    if not isinstance(expires, date):
        raise BadWaivers(f"{file}: entry {number}: expires: allowed: a date such as 2026-12-31")
    texts = {key: given[key] for key in _KEYS if key != "expires"}
    for key, value in texts.items():
        if not isinstance(value, str) or not value.strip():
            raise BadWaivers(f"{file}: entry {number}: {key}: allowed: a text")
    if texts["resource"].count("::") < 2:
        raise BadWaivers(f"{file}: entry {number}: resource: allowed: STACK::TYPE::NAME, as in a finding")
    return Waiver(**texts, expires=expires)
