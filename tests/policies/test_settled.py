"""Rules about several resources, asked while a program registers them: what they refuse then, they
refuse at the end too, in whatever order it registers; and what they leave to the end is told."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

import pytest

from policies.guardrails.catalogue import ALL, rules
from policies.guardrails.links import LINKERS
from policies.guardrails.near import Seen
from policies.guardrails.resource import Resource
from policies.guardrails.rule import Context, StackRule
from policies.guardrails.run import Finding, Rules
from policies.guardrails.stack import Stack
from tests.policies.cases import TODAY, Case, every
from tests.policies.engine.graphs import EXAMPLES, captured
from tests.policies.good.known_good import lists, programs, stack
from workload_secrets.review.views import declared_of, stack_of

STACK_WIDE = [rule for rule in ALL if isinstance(rule, StackRule)]
ORDERS = 6
NOWHERE = "IAM-08"
"""It compares with a base, which no engine knows."""


def settled(every: Rules, resources: Iterable[Resource], context: Context) -> Iterator[Finding]:
    """What is found while resources are registered in this order."""
    seen = Seen(LINKERS)
    for one in resources:
        seen.add(one, context)
        yield from every.settled(one.type, seen.near(one), context)


def orders(found: Stack) -> Iterator[list[Resource]]:
    """Some orders of a stack's resources, the same ones each time."""
    chance, resources = random.Random(0), list(found.resources)
    for _ in range(ORDERS):
        yield list(resources)
        chance.shuffle(resources)


def place(finding: Finding) -> tuple[str, str, str]:
    return finding.rule.id, finding.urn, finding.path


def of(rule: StackRule, *kinds: str) -> list[Case]:
    return [case for case in every() if case.rule is rule and case.kind in kinds]


def early(case: Case) -> set[tuple[str, str, str]]:
    """What of a case is found while it is registered as it is listed."""
    return {place(f) for f in settled(Rules([case.rule]), case.stack.resources, case.context)}


def at_the_end(case: Case) -> set[tuple[str, str, str]]:
    return {place(f) for f in case.findings() if f.outcome == "violation"}


@pytest.mark.parametrize("rule", STACK_WIDE, ids=lambda rule: rule.id)
def test_what_a_rule_refuses_early_it_refuses_at_the_end_whatever_the_order(rule: StackRule) -> None:
    lone = [
        f"{case.kind} {case.name}: {finding.name} {finding.text}"
        for case in of(rule, "violating", "passing")
        for resources in orders(case.stack)
        for finding in settled(Rules([rule]), resources, case.context)
        if place(finding) not in at_the_end(case)
    ]
    assert lone == []


@pytest.mark.parametrize("rule", STACK_WIDE, ids=lambda rule: rule.id)
def test_a_rule_says_what_it_leaves_to_the_end_and_nothing_else(rule: StackRule) -> None:
    cases = of(rule, "violating")
    left = [case.name for case in cases if at_the_end(case) - early(case)]
    assert bool(left) is (rule.late is not None), left
    assert any(early(case) for case in cases) is bool(rule.at)


@pytest.mark.parametrize("name", [*lists(), *programs()])
def test_a_program_that_is_right_is_refused_in_no_order(name: str) -> None:
    context = Context(way="engine", tier="production", today=TODAY)
    found = [f.text for resources in orders(stack(name)) for f in settled(rules(), resources, context)]
    assert found == []


@pytest.mark.parametrize("name", ["dev", "prod", "engines", *EXAMPLES])
def test_our_own_stacks_are_refused_in_no_order(name: str) -> None:
    graph = captured(name, "update")
    declared = declared_of(graph)
    assert declared is not None
    context = Context(way="engine", tier=declared["tier"], today=TODAY, declared=declared)
    found = [f.text for resources in orders(stack_of(graph)) for f in settled(rules(), resources, context)]
    assert found == []


def test_a_crash_is_told_at_once() -> None:
    def crash(stack: Stack, context: Context) -> Iterator[tuple[Resource, object]]:
        raise KeyError(stack, context)

    rule = StackRule(
        id="TST-01",
        severity="low",
        title="it crashes",
        why="So it does.",
        remedy="mend it",
        reference="https://example.com/",
        check=crash,  # pyright: ignore[reportArgumentType]
        at=("x:",),
    )
    thing = Resource(urn="urn:pulumi:test::p::x:index:Thing::it", type="x:index:Thing", name="it", inputs={})
    context = Context(way="engine", tier="production", today=TODAY)
    assert [finding.outcome for finding in settled(Rules([rule]), [thing], context)] == ["crash"]
