"""How often the value of a secret is replaced: by a function, or by people within a declared age."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from policies.guardrails.aws import declared
from policies.guardrails.aws.types import SECRET, SECRET_ROTATION
from policies.guardrails.aws.walk import Judged, every, located
from policies.guardrails.declaration import count, entries
from policies.guardrails.resource import NotEvaluable, Path, Resource, Unreadable
from policies.guardrails.rule import Context, Violation
from policies.guardrails.stack import Stack

_DAYS: Final = 90
_OLDEST: Final = 365
"""A declared age beyond a year bounds nothing."""
_RATE: Final = re.compile(r"rate\((\d+) (hour|day)s?\)")
_CRON: Final = re.compile(r"cron\(\S+ \S+ \S+ (\S+) \S+ \S+\)")
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTH_DAYS: Final = 31
_Rotations: TypeAlias = tuple[Mapping[str, Resource], NotEvaluable | None]


def replaced(stack: Stack, context: Context) -> Judged:
    """Findings for every secret that nothing replaces."""

    rotations = _rotations(stack)

    def check(secret: Resource) -> Iterator[Violation]:
        if _aged(secret, context):
            return
        days, path = _rotated(rotations, secret)
        if days is None:
            yield Violation("nothing rotates it, and no maximum age of its keys is declared", path, True)
        elif days > _DAYS:
            yield Violation(f"it is rotated every {days} days; at most {_DAYS} are allowed", path)

    return every(stack, (SECRET,), check)


def _aged(secret: Resource, context: Context) -> bool:
    """Whether a key in use has a declared age: `keys status` and `prove` then say who is late."""
    found = declared.named(context, secret.text("name") or "")
    return any(
        key.get("inUse", True) and 0 < (count(key, "maxAgeDays") or 0) <= _OLDEST
        for key in entries(found, "keys")
    )


def _rotated(rotations: _Rotations, secret: Resource) -> tuple[int | None, Path]:
    """How many days lie between rotations at most, None where there are none."""
    if secret.get("rotationRules") is not None:
        return _days(secret, "rotationRules"), ("rotationRules",)
    found, unknown = rotations
    name = secret.text("name")
    if name is not None and name in found:
        return _days(found[name], "rotationRules"), ("name",)
    if unknown is not None:
        raise unknown  # that rotation may be this secret's
    return None, ("name",)


def _rotations(stack: Stack) -> _Rotations:
    """The rotations by the secret's name, and one whose secret isn't known."""
    found: dict[str, Resource] = {}
    unknown: NotEvaluable | None = None
    for rotation in stack.of(SECRET_ROTATION):
        try:
            of = rotation.text("secretId") or ""
        except (NotEvaluable, Unreadable) as one:
            unknown = located(rotation, one)
        else:
            found[declared.secret_name(of) or of] = rotation
    return found, unknown


def _days(resource: Resource, key: str) -> int | None:
    after = resource.number(key, "automaticallyAfterDays")
    if after is not None:
        return int(after)
    text = resource.text(key, "scheduleExpression") or ""
    if rate := _RATE.fullmatch(text):
        return max(1, int(rate[1]) // (24 if rate[2] == "hour" else 1))
    if cron := _CRON.fullmatch(text):
        return _longest(cron[1])
    return None


def _longest(field: str) -> int | None:
    """The longest time between two months of a cron expression, in days. None: not understood."""
    months: set[int] = set()
    for part in field.upper().split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if first in ("*", "?"):
            start, end = 1, 12
        else:
            start, end = _month(first), _month(last if dash else first)
            end = 12 if step and not dash else end
        if not 1 <= start <= end <= 12 or (step and not step.isdigit()) or step == "0":
            return None
        months |= set(range(start, end + 1, int(step or 1)))
    ordered = sorted(months)
    gaps = [later - sooner for sooner, later in zip(ordered, [*ordered[1:], ordered[0] + 12], strict=True)]
    return max(gaps) * _MONTH_DAYS


def _month(text: str) -> int:
    if text in _MONTHS:
        return _MONTHS.index(text) + 1
    return int(text) if text.isdigit() else 0
