"""The sentences that every form of a review has in common."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from workload_secrets.review.entries import Findings
from workload_secrets.review.run import Review


def counts(found: Findings) -> str:
    """`2 refused, 0 warnings, …`; what is put off and accepted only where there is any."""
    parts = [
        f"{len(found.refused)} refused",
        f"{len(found.warned)} {'warning' if len(found.warned) == 1 else 'warnings'}",
        f"{len(found.waived)} waived",
    ]
    parts += [f"{len(found.deferred)} put off to the update"] if found.deferred else []
    parts += [f"{len(found.accepted)} accepted"] if found.accepted else []
    return ", ".join(parts)


def ran(review: Review) -> str:
    """How many rules ran, on what, and how strictly."""
    how = f"tier {review.tier}" if review.declared else "the strictest, as the stack declares nothing"
    return f"{len(review.rules)} rules run on {review.resources} resources, judged as {how}"


def families(review: Review) -> str:
    """The rules that ran by their family: `AGT 2, DB 4, …`."""
    found = Counter(rule.rpartition("-")[0] for rule in review.rules)
    return ", ".join(f"{name} {count}" for name, count in sorted(found.items()))


def not_seen(review: Review) -> Iterator[tuple[str, str]]:
    """Why some rules see less here, with their ids."""
    rules: dict[str, list[str]] = defaultdict(list)
    for rule, reason in review.not_seen.items():
        rules[reason].append(rule)
    yield from ((reason, ", ".join(sorted(ids))) for reason, ids in sorted(rules.items()))


def waivers(review: Review) -> Iterator[tuple[str, str, str]]:
    """What is in force: rule and resource, until when and by whom, and the reason."""
    used = {(f.rule.id, f.place) for f in review.verdict.waived}
    for waiver in sorted(review.waivers, key=lambda w: (w.expires, w.rule, w.resource)):
        unused = "" if (waiver.rule, waiver.resource) in used else ", covers nothing here"
        yield str(waiver), f"until {waiver.expires}, by {waiver.owner}{unused}", waiver.reason
