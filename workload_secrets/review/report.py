"""A review as text for a terminal, and as data. Deterministic; holds names, never values."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from policies.guardrails.waivers import Waiver
from workload_secrets.escape import visible
from workload_secrets.review import summary
from workload_secrets.review.entries import Entry, Findings, findings, groups
from workload_secrets.review.remark import Remark
from workload_secrets.review.run import Review

_COLOURS: Final = {"refused": "bold red", "warning": "yellow", "accepted": "yellow", "put off": "yellow"}


def render(review: Review, remarks: Sequence[Remark] = (), *, colour: bool = False) -> str:
    """The review in lines; the last ends in a newline. Colour only where asked for."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=colour, no_color=not colour, highlight=False)
    for style, line in _lines(review, findings(review, remarks)):
        console.print(Text(visible(line), style=style), soft_wrap=True)
    return out.getvalue()


def as_json(review: Review, remarks: Sequence[Remark] = ()) -> dict[str, Any]:
    """The review with every finding, as plain data."""
    found = findings(review, remarks)
    return {
        "tier": review.tier,
        "declared": review.declared,
        "rules": list(review.rules),
        "resources": review.resources,
        "passed": not found.refused,
        "notSeen": dict(review.not_seen),
        "refused": [_entry(e) for e in found.refused],
        "warned": [_entry(e) for e in found.warned],
        "deferred": [_entry(e) for e in found.deferred],
        "waived": [_entry(e) for e in found.waived],
        "accepted": [_entry(e) for e in found.accepted],
        "waivers": [_waiver(w) for w in review.waivers],
    }


def _lines(review: Review, found: Findings) -> Iterator[tuple[str, str]]:
    """Style and text."""
    yield ("bold red" if found.refused else "bold green", summary.counts(found))
    yield "", f"{summary.ran(review)}: {summary.families(review)}"
    for reason, rules in summary.not_seen(review):
        yield "", f"not wholly seen here: {rules}: {reason}"
    yield from _groups("refused", found.refused)
    yield from _groups("warning", found.warned)
    yield from _groups("put off", found.deferred)
    yield from _groups("accepted", found.accepted)
    for what, until, reason in summary.waivers(review):
        yield "yellow", f"waiver: {what}: {until}: {reason}"
    if not review.waivers:
        yield "", "waivers: none in force"


def _groups(kind: str, entries: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    for rule, group in groups(entries):
        yield _COLOURS[kind], f"{kind}: {rule.id} {rule.severity}: {rule.title}"
        for entry in group:
            yield from (("", line) for line in _about(entry))
        yield "", f"    why: {rule.why}"
        yield "", f"    remedy: {rule.remedy}"
        yield "dim", f"    see {rule.reference}"


def _about(entry: Entry) -> Iterator[str]:
    where = " at ".join(part for part in (entry.place, entry.path) if part)
    outcome = "" if entry.outcome == "violation" else f"{entry.outcome}: "
    yield f"  - {where}: {outcome}{entry.text}" if where else f"  - {outcome}{entry.text}"
    if entry.source:
        yield f"    declared at {entry.source}"


def _entry(entry: Entry) -> dict[str, Any]:
    rule = entry.rule
    return {
        "rule": rule.id,
        "severity": rule.severity,
        "title": rule.title,
        "outcome": entry.outcome,
        "resource": entry.place,
        "path": entry.path,
        "text": entry.text,
        "source": entry.source,
        "why": rule.why,
        "remedy": rule.remedy,
        "reference": rule.reference,
    }


def _waiver(waiver: Waiver) -> dict[str, Any]:
    return {
        "rule": waiver.rule,
        "resource": waiver.resource,
        "owner": waiver.owner,
        "reason": waiver.reason,
        "expires": waiver.expires.isoformat(),
    }
