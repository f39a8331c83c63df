"""The pack starts alone from its folder, as Pulumi starts it, and says what is wrong with its files."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import empty_pb2

from tests.policies.engine.copies import copied
from tests.policies.engine.drive import Engine, operation
from tests.policies.engine.graphs import graph, of_stack, resource
from tests.policies.engine.server import PackError, Start, serving
from workload_secrets.graph.model import UNKNOWN

SECRET = "aws:secretsmanager/secret:Secret"
OPEN = resource(SECRET, "open", {"name": "open"})
POLICIES = {"guardrails", "guardrails-advice", "guardrails-stack", "guardrails-stack-advice"}


def test_the_pack_says_what_it_is_made_of():
    with serving(Start(dry_run=True)) as server:
        info = server.stub.GetAnalyzerInfo(empty_pb2.Empty())
    assert info.name == "workload-secrets"
    assert {policy.name for policy in info.policies} == POLICIES
    levels = {policy.name: policy.enforcementLevel for policy in info.policies}
    assert all((levels[name] == 0) == name.endswith("advice") for name in levels)


def test_a_copy_with_nothing_else_of_the_project_runs_where_nothing_else_is_installed(tmp_path: Path):
    start = Start(dry_run=False, folder=copied(tmp_path), cwd=tmp_path, isolated=True)
    said = operation(graph(OPEN), start)
    assert said.stopped
    assert "SM-01" in {told.rule for told in said.mandatory}


def test_a_stack_without_configuration_is_judged_all_the_same():
    start = Start(dry_run=True, config=None)
    assert "SM-01" in {told.rule for told in operation(graph(OPEN), start).mandatory}


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("waivers.yaml", "- {rule: SM-01}", "policies/waivers.yaml: entry 1: allowed: exactly the keys"),
        ("enforcement.yaml", "dev: [SM-99]", "policies/enforcement.yaml: dev: SM-99: there is no such rule"),
    ],
)
def test_a_file_that_cannot_be_used_ends_the_pack_with_one_sentence(
    tmp_path: Path, file: str, text: str, says: str
):
    folder = copied(tmp_path, {file: text})
    with pytest.raises(PackError) as ended, serving(Start(dry_run=True, folder=folder)):
        pass
    assert says in str(ended.value)
    assert "Traceback" not in str(ended.value)


@pytest.mark.parametrize(
    ("declaration", "strict"),
    [
        (None, True),
        (UNKNOWN, True),
        ({"tier": "production"}, True),
        ({"tier": "development", "principals": {}, "secrets": {"x": {}}}, False),
        ({"tier": "development", "facts": {"aws": UNKNOWN}}, True),
    ],
)
def test_what_is_not_fully_declared_is_judged_at_its_strictest(declaration: Any, strict: bool):
    with served() as engine:
        said = engine.run(graph(OPEN, declaration=declaration))
    rules = {told.rule for told in said.mandatory}
    assert ("META-02" in rules) is strict
    assert "SM-01" in rules
    assert not [told for told in said.all if " crash" in told.text]


def test_what_is_registered_before_the_platform_is_judged_at_its_strictest():
    stack = graph(declaration={"tier": "development"})
    with served() as engine:
        said = engine.run(of_stack((*stack.resources, OPEN)))
    assert "META-02" in {told.rule for told in said.mandatory}


@contextmanager
def served() -> Generator[Engine]:
    start = Start(dry_run=True)
    with serving(start) as server:
        yield Engine(server, start)
