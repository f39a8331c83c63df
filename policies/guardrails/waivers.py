"""Waivers: findings that somebody answers for until a date. Read from `waivers.yaml`.

A crash and what couldn't be evaluated are never waived: nobody knows what they hide.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast

from policies.guardrails import yaml_file

LONGEST: Final = timedelta(days=90)
_KEYS: Final = ("rule", "resource", "owner", "reason", "expires")


class BadWaivers(yaml_file.BadFile):
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
    """The waivers of a file; none where it doesn't exist. Raises BadFile."""
    entries: Any = yaml_file.load(file)
    if entries is None:
        return ()
    if not isinstance(entries, list):
        raise BadWaivers(f"{file.name}: got {type(entries).__name__}; allowed: a list of waivers")
    found: dict[tuple[str, str], Waiver] = {}
    for number, entry in enumerate(cast("list[Any]", entries), 1):
        waiver = _waiver(file.name, number, entry)
        if (waiver.rule, waiver.resource) in found:
            raise BadWaivers(f"{file.name}: entry {number}: an earlier entry waives the same; keep one")
        found[(waiver.rule, waiver.resource)] = waiver
    return tuple(found.values())


def problem(waiver: Waiver, known: Collection[str], today: date) -> str | None:
    """What is wrong with a waiver by itself, a sentence: it waives nothing then."""
    if waiver.rule not in known:
        return f"{waiver}: there is no such rule; correct its id"
    if waiver.expires < today:
        return f"{waiver}: expired on {waiver.expires}; {waiver.owner} has to mend the resource or renew it"
    if waiver.expires > today + LONGEST:
        return f"{waiver}: lasts until {waiver.expires}; at most {LONGEST.days} days from today are allowed"
    return None


def in_force(
    waivers: Iterable[Waiver], *, stack: str, known: Collection[str], today: date
) -> tuple[Waiver, ...]:
    """The waivers of a stack with which nothing is wrong, used or not."""
    return tuple(w for w in waivers if w.stack == stack and not problem(w, known, today))


def _waiver(file: str, number: int, entry: Any) -> Waiver:
    given = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
    if set(given) != set(_KEYS):
        raise BadWaivers(f"{file}: entry {number}: allowed: exactly the keys {', '.join(_KEYS)}")
    expires = given["expires"]
    if not isinstance(expires, date) or isinstance(expires, datetime):
        raise BadWaivers(f"{file}: entry {number}: expires: allowed: a date such as 2026-12-31")
    texts = {key: given[key] for key in _KEYS if key != "expires"}
    for key, value in texts.items():
        if not isinstance(value, str) or not value.strip():
            raise BadWaivers(f"{file}: entry {number}: {key}: allowed: a text")
    if texts["resource"].count("::") < 2:
        raise BadWaivers(f"{file}: entry {number}: resource: allowed: STACK::TYPE::NAME, as in a finding")
    return Waiver(**texts, expires=expires)
