"""Stacks that go other ways than dev: each reviewer, pod identities, existing things, a namespace."""

from __future__ import annotations

from pathlib import Path

import pytest

from workload_secrets.cli.site import spec
from workload_secrets.declaration import Declaration
from workload_secrets.graph.capture import capture
from workload_secrets.sandbox import down, up
from workload_secrets.sandbox.deploy import deploy, listing
from workload_secrets.sandbox.prerequisites import make

PROJECT = Path(__file__).parents[3]
STACKS = PROJECT / "tests" / "stacks"
pytestmark = pytest.mark.sandbox


def _file(name: str, folder: Path) -> Path:
    """The golden stack of a flavour. The emulator knows AWS's first partition alone."""
    text = (STACKS / f"{name}.yaml").read_text()
    file = folder / f"Pulumi.{name}.yaml"
    file.write_text(text.replace("us-gov-west-1", "eu-west-1").replace("aws-us-gov", "aws"))
    return file


@pytest.mark.parametrize("name", ["eks", "aks", "openshift"])
def test_a_second_deploy_changes_nothing(name: str, tmp_path: Path):
    stack = str(_file(name, tmp_path))
    graph = capture(PROJECT, stack)
    declaration = Declaration.read(graph.platform_output("declaration"))
    root = tmp_path / ".sandbox"
    sandbox = up([spec(graph)], name=name, root=root, owner="process", progress=lambda _: None)
    try:
        make(sandbox, graph.stack, declaration)
        first = deploy(sandbox, PROJECT, stack, lambda _: None, declaration=declaration)
        before = listing(sandbox, graph.stack)
        second = deploy(sandbox, PROJECT, stack, lambda _: None, declaration=declaration)
        after = listing(sandbox, graph.stack)
    finally:
        down(name, root)
    assert (first.updated, first.same) == (0, 0)
    assert (second.created, second.updated, second.same) == (0, 0, first.created)
    assert [path for path in before if before[path] != after.get(path)] == []
    assert before.keys() == after.keys()
    assert first.not_enforced == second.not_enforced
