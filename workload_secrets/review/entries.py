"""What a review and the preview's own checks found, by rule, the gravest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from policies.guardrails.rule import About, Severity
from policies.guardrails.run import UNDECIDED, Finding
from workload_secrets.review.remark import Remark
from workload_secrets.review.run import Review

SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "high", "medium", "low")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One finding, by whichever rule or check. `place` is `STACK::TYPE::NAME`; it and `source`
    may be empty."""

    rule: About
    outcome: str
    place: str
    path: str
    text: str
    source: str


Group: TypeAlias = tuple[About, tuple[Entry, ...]]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """All that a reader is shown, each sorted by severity, rule, place and path."""

    refused: tuple[Entry, ...]
    warned: tuple[Entry, ...]
    deferred: tuple[Entry, ...]
    waived: tuple[Entry, ...]
    accepted: tuple[Entry, ...]


def findings(review: Review, remarks: Sequence[Remark] = ()) -> Findings:
    """The review's findings with the remarks of the preview."""
    verdict, all_ = review.verdict, (*remarks, *review.remarks)
    return Findings(
        refused=_sorted(verdict.refused, (r for r in all_ if r.refuses)),
        warned=_sorted(verdict.warned),
        deferred=_sorted(verdict.deferred),
        waived=_sorted(verdict.waived),
        accepted=_sorted(review.accepted, (r for r in all_ if r.accepted)),
    )


def groups(entries: Sequence[Entry]) -> tuple[Group, ...]:
    """Sorted entries by rule."""
    rules = {entry.rule.id: entry.rule for entry in entries}
    return tuple((rule, tuple(e for e in entries if e.rule.id == rule.id)) for rule in rules.values())


def of_finding(finding: Finding) -> Entry:
    """A finding of the pack's rules; of what can't be decided, the rule that it is refused too."""
    decided = finding.outcome == "violation"
    return Entry(
        rule=finding.rule,
        outcome=finding.outcome,
        place=finding.place,
        path=finding.path,
        text=finding.text if decided else f"{finding.text} ({UNDECIDED})",
        source=finding.source,
    )


def of_remark(remark: Remark) -> Entry:
    """A finding of the preview's own checks."""
    return Entry(
        rule=remark.rule, outcome="violation", place="", path="", text=remark.text, source=remark.source
    )


def _sorted(found: Iterable[Finding], remarks: Iterable[Remark] = ()) -> tuple[Entry, ...]:
    entries = (*(of_finding(f) for f in found), *(of_remark(r) for r in remarks))
    return tuple(
        sorted(
            entries,
            key=lambda e: (SEVERITIES.index(e.rule.severity), e.rule.id, e.place, e.path, e.text, e.source),
        )
    )
