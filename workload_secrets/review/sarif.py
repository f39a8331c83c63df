"""A review as SARIF 2.1.0, which code hosts show beside the source lines.

Format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
What GitHub takes of it: docs.github.com, "SARIF support for code scanning". It reads relative
URIs as relative to the repository's root, and of the fingerprints `primaryLocationLineHash` alone.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from policies.guardrails.catalogue import ALL
from policies.guardrails.rule import About
from policies.guardrails.waivers import Waiver
from workload_secrets.errors import Exit
from workload_secrets.escape import visible
from workload_secrets.review.entries import Entry, findings, of_remark
from workload_secrets.review.remark import CHECKS, DELETION, DIFFERENCE, NEW_ACCESS, PROGRAM, Remark
from workload_secrets.review.run import Review
from workload_secrets.review.site import Site

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
VERSION: Final = "2.1.0"
_ROOT: Final = "%SRCROOT%"
_SCORES: Final = {"critical": "9.5", "high": "8.0", "medium": "5.0", "low": "3.0"}
"""How GitHub ranks security findings: over 9.0 critical, over 7.0 high, over 4.0 medium."""
_RULES: Final[tuple[About, ...]] = (*ALL, *CHECKS)
_INDEX: Final[Mapping[str, int]] = {rule.id: number for number, rule in enumerate(_RULES)}
_BY_ID: Final[Mapping[str, About]] = {rule.id: rule for rule in _RULES}
_MESSAGE: Final = re.compile(
    r"(?:(?P<source>[^\s:]+:\d+): )?(?P<rules>[A-Z0-9]+-\d\d(?:, [A-Z0-9]+-\d\d)*): (?P<text>.+)", re.DOTALL
)
_ACCEPTED: Final = {
    DELETION.id: "accepted with --accept-deletions",
    NEW_ACCESS.id: "new access, accepted with --accept-new-access",
}
Level = Literal["error", "warning", "note"]


def log(review: Review, remarks: Sequence[Remark] = (), *, site: Site) -> dict[str, Any]:
    """One run with every finding and remark; what a waiver covers or a reviewer accepted is
    suppressed, with the reason."""
    return _log(review.stack, _invocation(review), _results(review, remarks, site))


def ended(message: str, *, stack: str, site: Site) -> dict[str, Any]:
    """A run with the rules that ended the program before there was anything to review.
    `message` is `FILE:LINE: RULES: text`, as the capture of a program gives it."""
    parts = _MESSAGE.fullmatch(message)
    ids, source, text = (
        (parts["rules"].split(", "), parts["source"], parts["text"]) if parts else ((), "", message)
    )
    rules = dict.fromkeys(_BY_ID.get(id_, PROGRAM) for id_ in ids) or (PROGRAM,)
    prints = _Fingerprints(stack)
    entries = (of_remark(Remark(rule=rule, text=text.rstrip("."), source=source or "")) for rule in rules)
    invocation = {"executionSuccessful": False, "exitCode": int(Exit.POLICY)}
    return _log(stack, invocation, (_result(entry, "error", site, prints) for entry in entries))


def _log(stack: str, invocation: dict[str, Any], results: Iterator[dict[str, Any]]) -> dict[str, Any]:
    return {
        "$schema": SCHEMA,
        "version": VERSION,
        "runs": [
            {
                "tool": {"driver": {"name": "workload-secrets", "rules": [_rule(rule) for rule in _RULES]}},
                "automationDetails": {"id": f"workload-secrets/{stack}/"},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
                "invocations": [invocation],
                "results": list(results),
            }
        ],
    }


def _rule(rule: About) -> dict[str, Any]:
    online = {"helpUri": rule.reference} if rule.reference.startswith("https://") else {}
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.remedy}. See {rule.reference}"},
        "defaultConfiguration": {"level": "error"},
        "properties": {
            "precision": "very-high",
            "security-severity": _SCORES[rule.severity],
            "tags": ["security"],
        },
        **online,
    }


def _invocation(review: Review) -> dict[str, Any]:
    """What this way of running can't see is no result, and is said here."""
    return {
        "executionSuccessful": True,
        "toolExecutionNotifications": [
            {
                "level": "note",
                "message": {"text": f"{rule} isn't wholly seen here: {reason}"},
                "associatedRule": {"id": rule, "index": _INDEX[rule]},
            }
            for rule, reason in sorted(review.not_seen.items())
        ],
    }


def _results(review: Review, remarks: Sequence[Remark], site: Site) -> Iterator[dict[str, Any]]:
    found, prints = findings(review, remarks), _Fingerprints(review.stack)
    waivers = {(waiver.rule, waiver.resource): waiver for waiver in review.verdict.live}
    differences = [of_remark(remark) for remark in remarks if remark.rule is DIFFERENCE]
    open_: tuple[tuple[Level, Sequence[Entry]], ...] = (
        ("error", found.refused),
        ("error", differences),
        ("warning", found.warned),
        ("note", found.deferred),
    )
    for level, entries in open_:
        yield from (_result(entry, level, site, prints) for entry in entries)
    for entry in found.waived:
        reason = _reason(waivers[(entry.rule.id, entry.place)])
        yield {**_result(entry, "note", site, prints), "suppressions": [_suppression(reason)]}
    for entry in found.accepted:
        yield {**_result(entry, "note", site, prints), "suppressions": [_suppression(_accepted(entry))]}


def _result(entry: Entry, level: Level, site: Site, prints: _Fingerprints) -> dict[str, Any]:
    where = " at ".join(part for part in (entry.place, entry.path) if part)
    text = f"{where}: {entry.text}" if where else entry.text
    return {
        "ruleId": entry.rule.id,
        "ruleIndex": _INDEX[entry.rule.id],
        "level": level,
        "message": {"text": visible(f"{text}. Remedy: {entry.rule.remedy}.")},
        "locations": [_location(entry, site)],
        "partialFingerprints": prints.of(entry),
        "properties": {"outcome": entry.outcome, "severity": entry.rule.severity},
    }


def _location(entry: Entry, site: Site) -> dict[str, Any]:
    uri, line = site.place(entry.source)
    physical = {
        "artifactLocation": {"uri": uri, "uriBaseId": _ROOT},
        "region": {"startLine": line, "startColumn": 1, "endLine": line},
    }
    named = [{"fullyQualifiedName": visible(entry.place), "kind": "resource"}] if entry.place else []
    return {"physicalLocation": physical, **({"logicalLocations": named} if named else {})}


def _accepted(entry: Entry) -> str:
    return _ACCEPTED.get(entry.rule.id, _ACCEPTED[NEW_ACCESS.id])


def _suppression(reason: str) -> Mapping[str, Any]:
    return {"kind": "external", "status": "accepted", "justification": visible(reason)}


def _reason(waiver: Waiver) -> str:
    return f"until {waiver.expires}, by {waiver.owner}: {waiver.reason}"


class _Fingerprints:
    """Names a finding by rule, resource and path, so that it is the same when lines move. Several
    of one name are counted; what has no resource is named by its text."""

    def __init__(self, stack: str) -> None:
        self._stack = stack
        self._seen: Counter[str] = Counter()

    def of(self, entry: Entry) -> dict[str, str]:
        """The fingerprints of the next finding."""
        what = (entry.place, entry.path) if entry.place else (self._stack, entry.text)
        name = hashlib.sha256("\0".join((entry.rule.id, *what)).encode()).hexdigest()
        self._seen[name] += 1
        number = self._seen[name]
        return {"finding/v1": f"{name}:{number}", "primaryLocationLineHash": f"{name[:16]}:{number}"}
