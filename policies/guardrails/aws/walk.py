"""Checks many things of a stack, so that what isn't known of one hides nothing of another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

from policies.guardrails.resource import NotEvaluable, Resource, Unreadable
from policies.guardrails.rule import Violation
from policies.guardrails.stack import Stack

_NAME: Final = re.compile(r"[\w+=,.@/-]{1,512}")
Judged: TypeAlias = Iterator[tuple[Resource, Violation]]


def every(stack: Stack, types: Iterable[str], check: Callable[[Resource], Iterable[Violation]]) -> Judged:
    """Checks every resource of these types."""
    unknown: list[NotEvaluable] = []
    for resource in stack.of(*types):
        try:
            for violation in check(resource):
                yield resource, violation
        except NotEvaluable as found:
            unknown.append(located(resource, found))
        except Unreadable as wrong:
            yield resource, Violation(str(wrong), wrong.path)
    if unknown:
        raise unknown[0]


class Located(NotEvaluable):
    """Its path starts with the name of the resource: a finding about a stack has none else."""


def located(resource: Resource, found: NotEvaluable | Unreadable) -> NotEvaluable:
    """The same with the resource's name before, once. What can't be read isn't known either."""
    return found if isinstance(found, Located) else Located((resource.name, *found.path))


def named(text: str) -> str:
    """A name as a finding shows it: nothing that isn't written like one."""
    return text if _NAME.fullmatch(text) else "of another form"


def counted(number: int, noun: str) -> str:
    """`1 key`, `2 keys`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
