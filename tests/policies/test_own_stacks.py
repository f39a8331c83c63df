"""The project's own stacks and examples have no finding."""

from __future__ import annotations

from functools import cache

import pytest

from policies.guardrails.catalogue import rules
from policies.guardrails.rule import Context
from policies.guardrails.run import Finding
from tests.policies.cases import TODAY
from tests.stacks.golden import STACKS
from tests.stacks.read import ROOT, path
from workload_secrets.graph.capture import capture
from workload_secrets.review.views import declared_of, stack_of

EXAMPLES = tuple(sorted(file.stem for file in (ROOT / "examples").glob("*.yaml")))


@cache
def found(stack: str) -> tuple[Finding, ...]:
    file = ROOT / "examples" / f"{stack}.yaml" if stack in EXAMPLES else path(stack)
    graph = capture(ROOT, str(file), mode="update")
    declared = declared_of(graph)
    tier = "production" if declared is None else declared["tier"]
    context = Context(way="monitor", tier=tier, today=TODAY, declared=declared)
    return rules().review(stack_of(graph), context)


@pytest.mark.parametrize("stack", [*STACKS, *EXAMPLES])
def test_a_stack_of_the_project_has_no_finding(stack: str) -> None:
    assert [f"{f.rule.id} {f.outcome} {f.type}::{f.name} {f.path}: {f.text}" for f in found(stack)] == []
