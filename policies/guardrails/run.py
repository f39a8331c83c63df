"""Runs rules over resources: three outcomes, and a crash is a finding of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from policies.guardrails.leaves import leaves
from policies.guardrails.resource import NotEvaluable, Path, Resource, Unreadable, shown
from policies.guardrails.rule import AnyRule, Context, Rule, StackRule, Violation
from policies.guardrails.secret_text import hidden
from policies.guardrails.stack import Stack

Outcome = Literal["violation", "not evaluable", "crash"]
ALL: Final = "*"
UNDECIDED: Final = "META-03"
"""The rule that what can't be decided is refused; it is how all others are run."""
_TELLING: Final = 6
"""Shorter texts are in many words by chance."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one rule says of one resource. `urn` is empty where a stack-wide rule couldn't run."""

    rule: AnyRule
    outcome: Outcome
    urn: str
    type: str
    name: str
    source: str
    text: str
    path: str = ""

    @property
    def place(self) -> str:
        """`STACK::TYPE::NAME`, as a waiver names it; empty where there is no resource."""
        if not self.urn:
            return ""
        stack = self.urn.removeprefix("urn:pulumi:").partition("::")[0]
        return f"{stack}::{self.type}::{self.name}"


class Rules:
    """Rules indexed by type, so that each resource is looked at once."""

    def __init__(self, rules: Sequence[AnyRule]) -> None:
        self.all = tuple(rules)
        self._stack = tuple(rule for rule in rules if isinstance(rule, StackRule))
        self._at: dict[str, tuple[StackRule, ...]] = {}
        single = [rule for rule in rules if isinstance(rule, Rule)]
        self._by_type: dict[str, list[Rule]] = {type_: [] for rule in single for type_ in rule.types}
        for rule in single:
            for type_ in self._by_type if ALL in rule.types else dict.fromkeys(rule.types):
                self._by_type[type_].append(rule)

    def of(self, type_: str) -> Sequence[Rule]:
        """The rules about resources of a type."""
        return self._by_type.get(type_, self._by_type.get(ALL, ()))

    def one(self, resource: Resource, context: Context) -> Iterator[Finding]:
        """Every finding of one resource."""
        for rule in self.of(resource.type):
            yield from _guarded(rule, resource, lambda rule=rule: rule.check(resource, context))

    def at(self, type_: str) -> Sequence[StackRule]:
        """The stack-wide rules that are asked when a resource of a type is registered."""
        if type_ not in self._at:
            self._at[type_] = tuple(rule for rule in self._stack if type_.startswith(rule.at))
        return self._at[type_]

    def settled(self, type_: str, near: Stack, context: Context) -> Iterator[Finding]:
        """What the stack-wide rules find in a resource of a type and those that it belongs to,
        whatever else is registered later. What isn't known is left to the end."""
        marked = [text for resource in near.resources for text in _marked(resource)]
        for rule in self.at(type_):
            for finding in _stack_wide(rule, near, context, marked, settled=True):
                if finding.outcome != "not evaluable":
                    yield finding

    def together(self, stack: Stack, context: Context) -> Iterator[Finding]:
        """Every finding of the stack-wide rules."""
        marked = [text for resource in stack.resources for text in _marked(resource)]
        for rule in self._stack:
            yield from _stack_wide(rule, stack, context, marked)

    def review(self, stack: Stack, context: Context) -> tuple[Finding, ...]:
        """All findings, by resource and rule, then those of the stack."""
        single = [finding for resource in stack.resources for finding in self.one(resource, context)]
        return (*single, *self.together(stack, context))


def _guarded(
    rule: AnyRule, resource: Resource, check: Callable[[], Iterable[Violation]]
) -> Iterator[Finding]:
    def found(outcome: Outcome, text: str, path: Path = ()) -> Finding:
        return _finding(rule, resource, outcome, _told(text, _marked(resource)), shown(path))

    try:
        for violation in check():
            yield found("violation", violation.text, violation.path)
    except NotEvaluable as unknown:
        yield found("not evaluable", f"{unknown} is not known", unknown.path)
    except Unreadable as wrong:
        yield found("violation", str(wrong), wrong.path)
    except Exception as error:
        yield found("crash", f"the rule failed: {type(error).__name__}")


def _stack_wide(
    rule: StackRule, stack: Stack, context: Context, marked: Sequence[str], *, settled: bool = False
) -> Iterator[Finding]:
    try:
        for resource, violation in rule.check(stack, context):
            if settled and violation.later:
                continue
            text = _told(violation.text, marked)
            yield _finding(rule, resource, "violation", text, shown(violation.path))
    except NotEvaluable as unknown:
        yield _nowhere(rule, "not evaluable", f"{unknown} is not known")
    except Unreadable as wrong:
        yield _nowhere(rule, "not evaluable", str(wrong))
    except Exception as error:
        yield _nowhere(rule, "crash", f"the rule failed: {type(error).__name__}")


def _finding(rule: AnyRule, resource: Resource, outcome: Outcome, text: str, path: str) -> Finding:
    return Finding(
        rule=rule,
        outcome=outcome,
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        source=resource.source,
        text=text,
        path=path,
    )


def _told(text: str, marked: Iterable[str]) -> str:
    """A message without secrets: rules print names, and a secret may stand where a name belongs."""
    for secret in marked:
        text = text.replace(secret, "…")
    return hidden(text)


def _marked(resource: Resource) -> Iterator[str]:
    """What is marked secret."""
    for path in resource.secrets or ():
        try:
            value = resource.get(*path)
        except NotEvaluable:
            continue
        for _, part in leaves(value, ()):
            if isinstance(part, str) and len(part) >= _TELLING:
                yield part


def _nowhere(rule: AnyRule, outcome: Outcome, text: str) -> Finding:
    return Finding(rule=rule, outcome=outcome, urn="", type="", name="", source="", text=hidden(text))
