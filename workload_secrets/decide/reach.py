"""Which things documents let their holder reach that aren't in a given set; with an example.

It may name too much, never too little: conditions of an Allow count as met, a policy variable
as any text. Only a Deny without conditions takes away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from workload_secrets.decide.glob import (
    Pattern,
    accepts,
    arn_tokens,
    contains,
    example,
    literal_start,
    matches,
)
from workload_secrets.decide.statements import Document, Names, Statement

_VARIABLE: Final = re.compile(r"\$\{[^}]*\}")
_COLONS: Final = 5
"""Of an ARN: a pattern that spells them all has its wildcards in the last field."""
Likely = Callable[[str], Iterable[str]]


@dataclass(frozen=True, kw_only=True)
class Beyond:
    """`resource` is the pattern as written, `example` a thing it reaches and shouldn't."""

    label: str
    action: str
    resource: str
    example: str


def beyond(
    documents: Sequence[Document],
    actions: Sequence[str],
    *,
    universe: str,
    allowed: Collection[str],
    likely: Likely = lambda _: (),
) -> Iterator[Beyond]:
    """Every resource of an Allow that reaches something of `universe` outside `allowed`.

    `universe` and `allowed` are patterns of ARNs. `likely` makes readable examples for a pattern; the
    first that is really one is taken, else a shortest one. One finding a resource. A document
    with a `problem` has no statements: look at that first.
    """
    seen: set[tuple[str, str]] = set()
    things = arn_tokens(universe)
    for action in actions:
        denied = [s for d in documents for s in d.aimed_at(action) if _denies(s, action)]
        for statement in (s for d in documents for s in d.aimed_at(action) if s.allow):
            for pattern, outside in _resources(statement):
                if (statement.label, pattern) in seen:
                    continue
                found = _example(pattern, things, [*allowed, *outside], denied, likely)
                if found is not None:
                    seen.add((statement.label, pattern))
                    yield Beyond(label=statement.label, action=action, resource=pattern, example=found)


def _resources(statement: Statement) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each pattern of the statement with what is taken from it by NotResource."""
    names = statement.resource
    if names is None:
        return
    known = [value if value is not None else "*" for value in names.values]
    if not names.inverted:
        yield from ((value, ()) for value in known)
        return
    yield "*", tuple(v for v in names.values if v is not None and _sure(v, statement))


def _denies(statement: Statement, action: str) -> bool:
    """Whether it surely refuses this action, on the resources it names."""
    if statement.allow or statement.tests or statement.resource is None:
        return False
    return surely(statement.action, action)


def surely(names: Names, action: str) -> bool:
    """Whether a list of actions names this one for certain."""
    if None in names.values:
        return False
    hit = any(matches(value.lower(), action.lower()) for value in names.values if value is not None)
    return hit != names.inverted


def _example(
    pattern: str, things: Pattern, outside: Sequence[str], denied: Sequence[Statement], likely: Likely
) -> str | None:
    if pattern in outside:
        return None
    text = _VARIABLE.sub("*", pattern)
    outside = [known for known in outside if not _apart(known, text)]
    # What holds a pattern holds what it looks like with each wildcard filled: a cheap no.
    some = text.replace("*", "x").replace("?", "x")
    if any(matches(known, some) and contains(known, text) for known in outside):
        return None
    for inside, refused in _left([(text, things)], list(outside), denied):
        for candidate in (*likely(text), example(inside, refused)):
            if candidate is not None and _fits(candidate, inside, refused):
                return candidate
    return None


def _apart(first: str, second: str) -> bool:
    """Whether what stands before the first wildcards already differs: a cheap no."""
    start, other = literal_start(first), literal_start(second)
    least = min(len(start), len(other))
    return start[:least] != other[:least]


def _left(
    inside: list[tuple[str | Pattern, ...]], outside: list[str], denied: Sequence[Statement]
) -> Iterator[tuple[tuple[str | Pattern, ...], list[str]]]:
    """What Deny statements leave: NotResource keeps what it names, Resource takes it away."""
    for statement in denied:
        names = statement.resource
        if names is None:
            continue
        if not names.inverted:
            outside = [*outside, *(v for v in names.values if v is not None and _sure(v, statement))]
        elif None not in names.values:
            kept = [_VARIABLE.sub("*", v) for v in names.values if v is not None]
            inside = [(*patterns, value) for patterns in inside for value in kept]
    return ((patterns, outside) for patterns in inside)


def _sure(value: str, statement: Statement) -> bool:
    """Whether a pattern matches as plain text does: no variable, no wildcard across fields."""
    open_ = statement.variables and "${" in value
    return not open_ and (value == "*" or literal_start(value).count(":") >= _COLONS)


def _fits(text: str, inside: Sequence[str | Pattern], outside: Sequence[str]) -> bool:
    return all(accepts(p, text) for p in inside) and not any(matches(p, text) for p in outside)
