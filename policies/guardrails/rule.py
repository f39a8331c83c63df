"""What a rule is, and what it says of a resource."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, TypeAlias, TypeVar, cast

from policies.guardrails.resource import Path, Resource
from policies.guardrails.stack import Declared, Stack

T = TypeVar("T")
Severity = Literal["critical", "high", "medium", "low"]
Tier = Literal["development", "production"]
Way = Literal["engine", "monitor", "state"]
Sight = Literal["secrets", "retainOnDelete", "dependsOn", "values", "baseline"]
"""What not every way can see: marks of secrets, two options, the values of properties that are
marked secret, and the resources of the base that a change is judged against."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a rule may know beside the resource. `declared` is what the stack declares, None for
    a program of somebody else. `today` is injected. `baseline` are the resources of the base
    that a change is judged against; None where none is given, or its new access was accepted.
    `rehearsed` is the address of an emulator of AWS that the one who runs the engine names for a
    rehearsal; it counts only on this machine's loopback."""

    way: Way
    tier: Tier
    today: date
    declared: Declared | None = None
    baseline: Stack | None = None
    rehearsed: str = ""
    _indexes: dict[Callable[..., Any], Any] = field(
        default_factory=dict[Callable[..., Any], Any], init=False, repr=False, compare=False
    )

    def index(self, make: Callable[[Declared | None], T]) -> T:
        """What `make` reads out of the declaration; every rule asks, and it is read once."""
        if make not in self._indexes:
            self._indexes[make] = make(self.declared)
        return cast("T", self._indexes[make])


@dataclass(frozen=True)
class Violation:
    """`text` names paths, names and counts, never a value. `path` is where in the inputs.
    `later`: a resource that the program registers later may put it right, so only the whole stack
    shows whether it is one."""

    text: str
    path: Path = ()
    later: bool = False


Check: TypeAlias = Callable[[Resource, Context], Iterable[Violation]]
StackCheck: TypeAlias = Callable[[Stack, Context], Iterable[tuple[Resource, Violation]]]


@dataclass(frozen=True, kw_only=True)
class About:
    """`why` and `remedy` are a sentence each. `seed` quotes the published form that breaks the
    rule, if one does. `softened` is what a stack can declare that satisfies the rule instead.
    `needs` is what a way has to see for it."""

    id: str
    severity: Severity
    title: str
    why: str
    remedy: str
    reference: str
    seed: str | None = None
    softened: str | None = None
    needs: frozenset[Sight] = field(default_factory=frozenset[Sight])


@dataclass(frozen=True, kw_only=True)
class Rule(About):
    """A rule about one resource of one of these types; `*` is every type."""

    types: tuple[str, ...]
    check: Check


@dataclass(frozen=True, kw_only=True)
class StackRule(About):
    """A rule about several resources together. It decides from inputs alone.

    `at`: how the types begin at whose registration it is asked already, with the resources that
    this one belongs to; what isn't `later` is a finding then, before the resource is made.
    `late` says in words what only the end of an update shows, None where there is nothing."""

    check: StackCheck
    at: tuple[str, ...] = ()
    late: str | None = None


AnyRule: TypeAlias = Rule | StackRule


def tier_of(declared: Declared | None) -> Tier:
    """The tier of a stack. What doesn't say that it is for development is production."""
    return "development" if declared is not None and declared.get("tier") == "development" else "production"
