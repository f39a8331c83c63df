"""A certificate as text and as data. Holds names, places and counts, never a value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from workload_secrets.certify.certificate import Certificate, Finding, Marked, NotLookedAt
from workload_secrets.escape import visible

_SHOWN: Final = 5
"""Places of one reason that the text shows; the data has them all."""


def render(certificate: Certificate) -> str:
    """Lines; the last one is the verdict."""
    return "".join(f"{visible(line)}\n" for line in _lines(certificate))


def as_json(certificate: Certificate) -> dict[str, Any]:
    """Everything, as plain data."""
    return {
        "verdict": certificate.verdict,
        "resources": certificate.resources,
        "texts": certificate.texts,
        "values": list(certificate.values),
        "findings": [_finding(found) for found in sorted(certificate.findings)],
        "notLookedAt": [{"what": n.what, "reason": n.reason} for n in sorted(certificate.not_looked_at)],
        "marked": [_marked(found) for found in sorted(certificate.marked)],
    }


def _finding(found: Finding) -> dict[str, Any]:
    return {
        "line": found.place.line,
        "resource": found.place.subject,
        "path": found.place.path,
        "secret": found.secret,
        "form": found.form,
        "marked": found.marked,
    }


def _marked(found: Marked) -> dict[str, Any]:
    place = found.place
    return {"resource": place.subject, "path": place.path, "why": found.why, "content": found.content}


def _lines(certificate: Certificate) -> Iterator[str]:
    known = _count(len(certificate.values), "known value")
    yield f"looked for: canaries, {known}, and what is a secret by form or place"
    for name in certificate.values:
        yield f"  - {name}"
    yield from _of_marked(certificate.marked)
    for reason, group in groupby(
        sorted(certificate.not_looked_at, key=lambda n: (n.reason, n.what)), _reason
    ):
        places = [one.what for one in group]
        yield f"not looked at: {len(places)}: {reason}"
        yield from _some(places)
    for found in sorted(certificate.findings):
        kept = ", behind the mark of a secret" if found.marked else ""
        yield f"found: {found.secret}: {found.form}{kept}"
        yield f"  - {found.place}"
    yield verdict(certificate)


def verdict(certificate: Certificate) -> str:
    """One line."""
    resources, texts = _count(certificate.resources, "resource"), _count(certificate.texts, "text")
    looked = f"{resources} and {texts} looked at"
    missed = len(certificate.not_looked_at)
    if certificate.verdict == "clean":
        return f"clean: {looked}, no secret found"
    if certificate.verdict == "incomplete":
        return f"not shown to be clean: {looked}, no secret found, {missed} not looked at"
    return f"not clean: {_count(len(certificate.findings), 'secret')} found, {looked}, {missed} not looked at"


def _of_marked(marked: Sequence[Marked]) -> Iterator[str]:
    if marked:
        yield f"marked secret: {_count(len(marked), 'property', 'properties')}"
    for found in sorted(marked):
        yield f"  - {found.place}: {found.content}; {found.why}"


def _some(places: Sequence[str]) -> Iterator[str]:
    yield from (f"  - {place}" for place in places[:_SHOWN])
    if len(places) > _SHOWN:
        yield f"  - and {len(places) - _SHOWN} more"


def _reason(one: NotLookedAt) -> str:
    return one.reason


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"
