"""Waivers: findings that somebody answers for until a date. Read from `waivers.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, cast

import yaml

from policies.guardrails.run import Finding

LONGEST: Final = timedelta(days=90)
_KEYS: Final = ("rule", "resource", "owner", "reason", "expires")


class BadWaivers(ValueError):  # noqa: N818 reads better
    """The file is no list of waivers. The message names file, entry and key."""


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """`resource` is a type and a name, `TYPE::NAME`, as a URN ends. `expires` is the last day."""

    rule: str
    resource: str
    owner: str
    reason: str
    expires: date


@dataclass(frozen=True, kw_only=True)
class Waived:
    """What waivers leave of findings. `live` waived something; `problems` are of the waivers
    themselves, a sentence each: expired, unused, unknown rule, too long."""

    findings: tuple[Finding, ...]
    live: tuple[Waiver, ...]
    problems: tuple[str, ...]


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


def apply(
    findings: Sequence[Finding], waivers: Sequence[Waiver], *, rules: Iterable[str], today: date
) -> Waived:
    """A crash and what couldn't be evaluated are never waived: nobody knows what they hide."""
    known = set(rules)
    good = [waiver for waiver in waivers if not _problem(waiver, known, today)]
    places = {(waiver.rule, waiver.resource) for waiver in good}
    waived = {_place(f) for f in findings if f.outcome == "violation" and _place(f) in places}
    problems = [problem for waiver in waivers if (problem := _problem(waiver, known, today))]
    problems += [
        f"{w.rule} on {w.resource}: waives nothing; remove it, it is {w.owner}'s"
        for w in good
        if (w.rule, w.resource) not in waived
    ]
    kept = tuple(f for f in findings if f.outcome != "violation" or _place(f) not in waived)
    live = tuple(w for w in good if (w.rule, w.resource) in waived)
    return Waived(findings=kept, live=live, problems=tuple(problems))


def _place(finding: Finding) -> tuple[str, str]:
    return finding.rule.id, f"{finding.type}::{finding.name}"


def _problem(waiver: Waiver, known: set[str], today: date) -> str | None:
    where = f"{waiver.rule} on {waiver.resource}"
    if waiver.rule not in known:
        return f"{where}: there is no such rule; correct its id"
    if waiver.expires < today:
        return f"{where}: expired on {waiver.expires}; {waiver.owner} has to mend the resource or renew it"
    if waiver.expires > today + LONGEST:
        return f"{where}: lasts until {waiver.expires}; at most {LONGEST.days} days from today are allowed"
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
    return Waiver(**texts, expires=expires)
