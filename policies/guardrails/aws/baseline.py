"""New access against a baseline: what documents grant now and didn't grant before.

A grant is new unless one statement of the baseline, for the same holder, allows the same on
at least the same with no other conditions. So a grant that is only split up differently may
be called new, but no new one is missed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from policies.guardrails.aws import actions
from policies.guardrails.aws.documents import document
from policies.guardrails.aws.holders import Holder, each, holders
from policies.guardrails.aws.types import KEY, SECRET_POLICY
from policies.guardrails.aws.walk import Judged, every
from policies.guardrails.resource import NotEvaluable, Resource, Unreadable
from policies.guardrails.rule import Context, Violation
from policies.guardrails.stack import Stack
from workload_secrets.decide.glob import contains
from workload_secrets.decide.statements import Document, Names, Principals, Statement

_OWN_POLICIES: Final = (SECRET_POLICY, KEY)
_NAME: Final = re.compile(r"\*|arn:[\w:/*?+=,.@-]{1,500}|[a-z0-9.-]+\.amazonaws\.com")
Known: TypeAlias = Sequence[Statement]


@dataclass(frozen=True, kw_only=True)
class _Grown:
    label: str
    what: str


def grown(stack: Stack, context: Context) -> Judged:
    """Findings for each statement that allows more, and each refusal that is gone."""
    base = context.baseline
    if base is None:
        return
    before = {(h.kind, h.name): h for h in holders(base)}
    policies = {(r.type, r.name): r for r in base.of(*_OWN_POLICIES)}

    def check(holder: Holder) -> Judged:
        old = before.get((holder.kind, holder.name))
        known = _statements(old.documents if old is not None else ())
        for found in _grown(_statements(holder.documents), known):
            if holder.held:  # without any document there is nothing left to refuse
                held = holder.at(found.label)
                yield held.at, Violation(f"{holder.shown}: {found.what}", held.path)
        if holder.trust is not None and holder.role is not None:
            trusted = _statements((old.trust,) if old is not None and old.trust is not None else ())
            for found in _grown(_statements((holder.trust,)), trusted):
                text = f"who takes {holder.shown}: {found.what}"
                yield holder.role, Violation(text, ("assumeRolePolicy",))

    yield from each(stack, check)
    yield from every(stack, _OWN_POLICIES, _own_policy(policies))


def _own_policy(policies: dict[tuple[str, str], Resource]) -> Callable[[Resource], Iterator[Violation]]:
    def check(resource: Resource) -> Iterator[Violation]:
        now = document(resource, "policy")
        old = policies.get((resource.type, resource.name))
        try:
            then = document(old, "policy") if old is not None else None
        except (NotEvaluable, Unreadable):
            then = None  # then all of it is new
        for found in _grown(_statements((now,) if now else ()), _statements((then,) if then else ())):
            yield Violation(found.what, ("policy",))

    return check


def _statements(documents: Sequence[Document]) -> Known:
    return [statement for found in documents for statement in found.statements]


def _grown(now: Known, before: Known) -> Iterator[_Grown]:
    for statement in now:
        more = _more(statement, [s for s in before if s.allow]) if statement.allow else None
        if more is not None:
            what = f"{statement.label} allows {more}, which the base doesn't"
            yield _Grown(label=statement.label, what=what)
    for refusal in (s for s in before if not s.allow):
        if _more(refusal, [s for s in now if not s.allow]) is not None:
            yield _Grown(label="", what=f"a refusal of the base is gone: {refusal.label}")


def _more(statement: Statement, by: Known) -> str | None:
    """The first action, with its resource or principal, that none of these has; in words."""
    for action in _values(statement.action):
        for resource in _values(statement.resource):
            for principal in _principals(statement.principal):
                if not any(_has(other, statement, action, resource, principal) for other in by):
                    whom = principal[1] or (resource if statement.resource is not None else "")
                    return (
                        f"{actions.shown(action)} for {whom}"
                        if _NAME.fullmatch(whom)
                        else actions.shown(action)
                    )
    return None


def _has(
    other: Statement, statement: Statement, action: str, resource: str, principal: tuple[str, str]
) -> bool:
    return (
        _inverted(other) == _inverted(statement)
        and (not other.tests or _tests(other) == _tests(statement))
        and _within(action.lower(), [v.lower() for v in _values(other.action)], statement.action)
        and _within(resource, list(_values(other.resource)), statement.resource)
        and (principal in (known := set(_principals(other.principal))) or ("*", "*") in known)
    )


def _within(value: str, known: list[str], names: Names | None) -> bool:
    """Of an inverted list, all of it has to be there: leaving a value out grants more."""
    if names is not None and names.inverted:
        return {v.lower() for v in known} == {v.lower() for v in _values(names)}
    return value in known or any(contains(pattern, value) for pattern in known)


def _values(names: Names | None) -> tuple[str, ...]:
    return ("*",) if names is None else tuple("*" if value is None else value for value in names.values)


def _inverted(statement: Statement) -> tuple[bool, ...]:
    names = (statement.action, statement.resource, statement.principal)
    return tuple(found is not None and found.inverted for found in names)


def _principals(principals: Principals | None) -> tuple[tuple[str, str], ...]:
    if principals is None:
        return (("", ""),)
    found = ((kind, value or "") for kind, values in principals.kinds.items() for value in values)
    return tuple(sorted(("*", "*") if value == "*" else (kind, value) for kind, value in found))


def _tests(statement: Statement) -> frozenset[tuple[str, str, tuple[str, ...]]]:
    return frozenset(
        (test.operator.lower(), test.key.lower(), tuple(sorted(v or "" for v in test.values)))
        for test in statement.tests
    )
