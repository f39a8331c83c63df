"""Stacks that go other ways than dev: each reviewer, pod identities, existing things, a namespace."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploying import placed
from workload_secrets.cli.site import spec
from workload_secrets.graph.capture import capture
from workload_secrets.sandbox import down, up
from workload_secrets.sandbox.deploy import listing

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
def test_a_second_up_and_a_refresh_change_nothing_on_any_server(name: str, tmp_path: Path):
    stack = str(_file(name, tmp_path))
    graph = capture(PROJECT, stack)
    root = tmp_path / ".sandbox"
    sandbox = up([spec(graph)], name=name, root=root, owner="process", progress=lambda _: None)
    try:
        made = placed(sandbox, stack, graph)
        made.up(reviewed=False)
        before, noted = listing(sandbox, graph.stack), made.noted()
        made.again()
        after, noted_again = listing(sandbox, graph.stack), made.noted()
    finally:
        down(name, root)
    assert [path for path in before if before[path] != after.get(path)] == []
    assert before.keys() == after.keys()
    assert noted["notEnforced"]
    assert noted_again == noted
