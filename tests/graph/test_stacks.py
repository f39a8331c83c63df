"""The real project's stacks: what each registers is golden."""

import os
from pathlib import Path

import pytest

from workload_secrets.graph import wire
from workload_secrets.graph.capture import capture

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def dev():
    return capture(ROOT, "dev")


@pytest.mark.parametrize("mode", ["update", "preview"])
@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_urns_of_a_stack_are_the_golden_ones(stack, mode):
    """A wanted change: run with UPDATE_GOLDEN=1 and review the difference."""
    text = "".join(f"{resource.urn}\n" for resource in capture(ROOT, stack, mode=mode).resources)
    file = GOLDEN / f"{stack}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text)
    assert text == file.read_text()


def test_another_capture_of_dev_is_the_same_bytes(dev):
    assert wire.dumps(capture(ROOT, "dev")) == wire.dumps(dev)


def test_every_resource_of_dev_names_its_line_in_the_project(dev):
    own = ("components/", "__main__.py:")
    assert [r.urn for r in dev.resources if r.parent and not r.source.startswith(own)] == []


def test_nothing_of_dev_is_secret_or_unknown_in_update_mode(dev):
    assert [r.urn for r in dev.resources if r.secrets or r.unknowns] == []
