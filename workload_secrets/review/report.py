"""A review as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policies.guardrails.run import Finding
from policies.guardrails.waivers import Waiver
from workload_secrets.review.run import Review


def lines(review: Review) -> Iterator[str]:
    """The review in sentences: what ran, then what was found, then the waivers."""
    verdict = review.verdict
    yield (
        f"{review.rules} rules on {review.resources} resources: {_count(verdict.refused, 'violation')},"
        f" {_count(verdict.warned, 'warning')}, {_count(verdict.live, 'waiver')}"
    )
    for rule, reason in review.not_seen.items():
        yield f"{rule} isn't wholly seen here: {reason}"
    for finding in verdict.refused:
        yield from _finding("refused", finding)
    for finding in verdict.warned:
        yield from _finding("warning", finding)
    for waiver in verdict.live:
        yield f"waived: {waiver} until {waiver.expires}, by {waiver.owner}: {waiver.reason}"
    for problem in verdict.problems:
        yield f"refused: waiver {problem}"


def as_json(review: Review) -> dict[str, Any]:
    """The review with every finding, as plain data."""
    verdict = review.verdict
    return {
        "rules": review.rules,
        "resources": review.resources,
        "passed": verdict.passed,
        "notSeen": dict(review.not_seen),
        "refused": [_json(finding) for finding in verdict.refused],
        "warned": [_json(finding) for finding in verdict.warned],
        "waived": [_json(finding) for finding in verdict.waived],
        "waivers": [_waiver(waiver) for waiver in verdict.live],
        "problems": list(verdict.problems),
    }


def _finding(kind: str, finding: Finding) -> Iterator[str]:
    rule = finding.rule
    outcome = "" if finding.outcome == "violation" else f" ({finding.outcome})"
    place = " at ".join(part for part in (finding.place, finding.path) if part)
    yield f"{kind}: {rule.id} {rule.severity}{outcome}: {place or 'the stack'}: {finding.text}"
    if finding.source:
        yield f"    declared at {finding.source}"
    yield f"    remedy: {rule.remedy}"


def _json(finding: Finding) -> Mapping[str, Any]:
    return {
        "rule": finding.rule.id,
        "severity": finding.rule.severity,
        "outcome": finding.outcome,
        "urn": finding.urn,
        "type": finding.type,
        "name": finding.name,
        "path": finding.path,
        "source": finding.source,
        "text": finding.text,
        "remedy": finding.rule.remedy,
    }


def _waiver(waiver: Waiver) -> Mapping[str, Any]:
    return {
        "rule": waiver.rule,
        "resource": waiver.resource,
        "owner": waiver.owner,
        "reason": waiver.reason,
        "expires": waiver.expires.isoformat(),
    }


def _count(found: tuple[object, ...], what: str) -> str:
    return f"{len(found)} {what}{'' if len(found) == 1 else 's'}"
