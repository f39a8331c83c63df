"""A review as Markdown, such as a pull request's summary.

Names are a pull request's own words: each stands in a code span that it can't end, never in a
table, where a pipe would end the span.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from workload_secrets.escape import code, prose
from workload_secrets.review import summary
from workload_secrets.review.entries import Entry, findings, groups
from workload_secrets.review.remark import Remark
from workload_secrets.review.run import Review

MANY: Final = 20
"""More findings of one rule than this nobody reads here; JSON and SARIF have them all."""


def render(review: Review, remarks: Sequence[Remark] = ()) -> Iterator[str]:
    """The section's lines, its heading first."""
    found = findings(review, remarks)
    yield f"## Review: {prose(review.stack)}"
    yield ""
    yield f"**{summary.counts(found)}**; {summary.ran(review)}."
    for reason, rules in summary.not_seen(review):
        yield f"Not wholly seen here: {rules}: {prose(reason)}."
    yield from _section("Refused", found.refused)
    yield from _section("Warnings", found.warned)
    yield from _section("Put off to the update", found.deferred)
    yield from _section("Accepted", found.accepted)
    yield from _waivers(review)
    yield from ("", f"<details><summary>{len(review.rules)} rules run</summary>", "")
    yield from (", ".join(f"`{rule}`" for rule in review.rules), "", "</details>", "")


def _section(title: str, entries: Sequence[Entry]) -> Iterator[str]:
    if not entries:
        return
    yield from ("", f"### {title}", "")
    for rule, group in groups(entries):
        yield f"- **{rule.severity} `{rule.id}`**: {prose(rule.title)}"
        for entry in group[:MANY]:
            yield f"  - {_about(entry)}"
        if len(group) > MANY:
            yield f"  - {len(group) - MANY} more: see `--format json`"
        yield f"  - Why: {prose(rule.why)}"
        yield f"  - Remedy: {prose(rule.remedy)}. {_reference(rule.reference)}"


def _about(entry: Entry) -> str:
    where = " at ".join(code(part) for part in (entry.place, entry.path) if part)
    outcome = "" if entry.outcome == "violation" else f"{entry.outcome}: "
    source = f", declared at {code(entry.source)}" if entry.source else ""
    return f"{where + ': ' if where else ''}{outcome}{code(entry.text)}{source}"


def _reference(reference: str) -> str:
    return f"[Reference]({reference})" if reference.startswith("https://") else f"See {code(reference)}."


def _waivers(review: Review) -> Iterator[str]:
    yield from ("", "### Waivers in force", "")
    for what, until, reason in summary.waivers(review):
        yield f"- {code(what)}: {code(until)}: {code(reason)}"
    if not review.waivers:
        yield "None."
