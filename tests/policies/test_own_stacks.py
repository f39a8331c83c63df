"""The project's own stacks and examples have no finding."""

from __future__ import annotations

import pytest

from policies.guardrails.settings import read
from policies.guardrails.verdict import Verdict
from tests.captured import captured
from tests.policies.cases import TODAY
from tests.stacks.golden import STACKS
from tests.stacks.read import ROOT
from workload_secrets.review.run import review

EXAMPLES = tuple(sorted(f"examples/{file.stem}" for file in (ROOT / "examples").glob("*.yaml")))


@pytest.mark.parametrize("stack", sorted({*STACKS, *EXAMPLES}))
def test_a_stack_of_the_project_has_no_finding(stack: str) -> None:
    graph = captured(stack)
    given = read(ROOT / "policies", stack=graph.stack)
    found = review(graph, given, today=TODAY).verdict
    assert [f"{f.rule.id} {f.outcome} {f.place} {f.path}: {f.text}" for f in found.refused] == []
    assert found == Verdict()
