"""Going through the resources of a stack without stopping at the first that can't be judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from policies.guardrails.resource import NotEvaluable, Resource, Unreadable
from policies.guardrails.rule import Violation

Found = tuple[Resource, Violation]
T = TypeVar("T")


def each(
    resources: Iterable[Resource], judge: Callable[[Resource], Iterable[Violation | Found]]
) -> Iterator[Found]:
    """Every finding; what isn't known is said at the end, so that it hides nothing."""
    doubt: NotEvaluable | None = None
    for resource in resources:
        try:
            for found in judge(resource):
                yield (resource, found) if isinstance(found, Violation) else found
        except Unreadable as wrong:
            yield resource, Violation(str(wrong), wrong.path)
        except NotEvaluable as unknown:
            doubt = doubt or NotEvaluable((resource.name, *unknown.path))
    if doubt:
        raise doubt


def until(found: Iterator[Found]) -> tuple[list[Found], NotEvaluable | None]:
    """What there is before the end, and what isn't known."""
    kept: list[Found] = []
    try:
        kept.extend(found)
    except NotEvaluable as doubt:
        return kept, doubt
    return kept, None


def gather(
    resources: Iterable[Resource], read: Callable[[Resource], Iterable[T]]
) -> tuple[list[T], NotEvaluable | None]:
    """What is read of each resource, and the first thing that isn't known or can't be read."""
    found: list[T] = []
    doubt: NotEvaluable | None = None
    for resource in resources:
        try:
            found.extend(read(resource))
        except (NotEvaluable, Unreadable) as unknown:
            doubt = doubt or NotEvaluable((resource.name, *unknown.path))
    return found, doubt
