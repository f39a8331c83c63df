"""The real project's stacks: what each registers is golden."""

import os
from pathlib import Path

import pytest

from workload_secrets.graph import wire
from workload_secrets.graph.capture import capture

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("mode", ["update", "preview"])
@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_urns_of_a_stack_are_the_golden_ones(stack, mode):
    """A wanted change: run with UPDATE_GOLDEN=1 and review the difference."""
    text = "".join(f"{resource.urn}\n" for resource in capture(ROOT, stack, mode=mode).resources)
    file = GOLDEN / f"{stack}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text)
    assert text == file.read_text()


def test_two_captures_of_dev_are_the_same_bytes():
    assert wire.dumps(capture(ROOT, "dev")) == wire.dumps(capture(ROOT, "dev"))


def test_every_resource_of_dev_names_its_line_in_the_project():
    graph = capture(ROOT, "dev")
    without = [
        r.urn for r in graph.resources if r.parent and not r.source.startswith(("components/", "__main__"))
    ]
    assert without == []


def test_nothing_of_dev_is_secret_or_unknown_in_update_mode():
    graph = capture(ROOT, "dev")
    assert [r.urn for r in graph.resources if r.secrets or r.unknowns] == []
