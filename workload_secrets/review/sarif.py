"""A review as SARIF 2.1.0, which code hosts show beside the source lines.

Format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from policies.guardrails.catalogue import ALL
from policies.guardrails.rule import AnyRule
from policies.guardrails.run import Finding
from policies.guardrails.waivers import Waiver
from workload_secrets.review.run import Review

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
VERSION: Final = "2.1.0"
_SCORES: Final = {"critical": "9.5", "high": "8.0", "medium": "5.0", "low": "3.0"}
"""How GitHub ranks security findings: over 9.0 critical, over 7.0 high, over 4.0 medium
(docs.github.com, SARIF support for code scanning)."""
_WAIVERS: Final = "policies/waivers.yaml"


def log(review: Review) -> dict[str, Any]:
    """One run with every finding; what a waiver covers is suppressed, with its reason."""
    return {
        "$schema": SCHEMA,
        "version": VERSION,
        "runs": [
            {
                "tool": {"driver": {"name": "workload-secrets", "rules": [_rule(rule) for rule in ALL]}},
                "automationDetails": {"id": f"workload-secrets/{review.stack}"},
                "columnKind": "unicodeCodePoints",
                "results": list(_results(review)),
            }
        ],
    }


def _rule(rule: AnyRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.remedy}. See {rule.reference}"},
        "properties": {"security-severity": _SCORES[rule.severity], "tags": ["security"]},
    }


def _results(review: Review) -> Iterator[dict[str, Any]]:
    verdict = review.verdict
    waivers = {(waiver.rule, waiver.resource): waiver for waiver in verdict.live}
    for finding in verdict.refused:
        yield _result(finding, "error")
    for finding in verdict.warned:
        yield _result(finding, "warning")
    for finding in verdict.waived:
        yield {**_result(finding, "note"), "suppressions": _suppressed(waivers, finding)}
    for problem in verdict.problems:
        yield {"level": "error", "message": {"text": problem}, "locations": [_location(_WAIVERS, 1)]}


def _result(finding: Finding, level: str) -> dict[str, Any]:
    place = f"{finding.place} " if finding.place else ""
    at = f"at {finding.path}: " if finding.path else ": " if place else ""
    file, _, line = finding.source.rpartition(":")
    return {
        "ruleId": finding.rule.id,
        "ruleIndex": ALL.index(finding.rule),
        "level": level,
        "message": {"text": f"{place}{at}{finding.text}. Remedy: {finding.rule.remedy}."},
        "locations": [_location(file, int(line))] if file else [_location("Pulumi.yaml", 1)],
        "partialFingerprints": {"finding/v1": f"{finding.rule.id} {finding.place} {finding.path}"},
    }


def _suppressed(waivers: Mapping[tuple[str, str], Waiver], finding: Finding) -> Sequence[Mapping[str, Any]]:
    waiver = waivers[(finding.rule.id, finding.place)]
    return [
        {"kind": "external", "justification": f"until {waiver.expires}, by {waiver.owner}: {waiver.reason}"}
    ]


def _location(file: str, line: int) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": file}, "region": {"startLine": line}}}
