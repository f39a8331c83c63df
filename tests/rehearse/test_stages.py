"""The stages of a rehearsal after the logins: each finds what it is there for."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.proof import scratch
from tests.proof.scratch import Edit, Run
from tests.rehearsing import PROJECT, stack_file
from workload_secrets.errors import Exit
from workload_secrets.sandbox.api import down, running

pytestmark = pytest.mark.sandbox

STACK = str(PROJECT / stack_file("aws-only"))
LEAK = Edit(
    "__main__.py",
    "    pulumi.export(name, output)",
    "    pulumi.export(name, output)\n"
    'pulumi.export("key", __import__("boto3").Session().get_credentials().secret_key\n'
    '    if "AWS_PROFILE" in __import__("os").environ else "")',
)
"""The deployer's own key; a program that is only captured has none."""
RESTLESS = Edit(
    "components/aws/secret.py",
    "            description=args.description,",
    '            description=str(__import__("time").time_ns()),',
)
LEFT = Edit(
    "components/aws/workload_role.py",
    "opts=pulumi.ResourceOptions(parent=self, depends_on=[args.after] if args.after else None),",
    "opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),",
)


def rehearsed(folder: Path, *edits: Edit) -> Run:
    return scratch.copy(folder / "project", edits).rehearse(STACK)


def test_a_credential_in_the_state_is_found_and_not_shown(tmp_path: Path) -> None:
    run = rehearsed(tmp_path, LEAK)
    assert run.code == Exit.POLICY, run.err[-2000:]
    (stack,) = run.json["stacks"]
    assert stack["passed"]
    certificate = stack["certificate"]
    assert certificate["verdict"] == "leaked"
    in_state = [found for found in certificate["findings"] if not found["line"]]
    assert {found["path"] for found in in_state} == {"outputs.key"}
    assert "AWS profile deployer aws_secret_access_key" in in_state[0]["secret"]
    assert any(found["line"] == "the engine's events" for found in certificate["findings"])
    assert not any(line.startswith("destroy") for line in stack["deployed"])


def test_a_second_up_that_changes_something_is_refused_by_name(tmp_path: Path) -> None:
    run = rehearsed(tmp_path, RESTLESS)
    assert run.code == Exit.SERVER, run.err[-2000:]
    assert "`pulumi up` after the first `up` changes what nobody changed" in run.err
    assert re.search(r"updated Secret orders-secret: description", run.err)


def test_what_destroy_leaves_is_named(tmp_path: Path) -> None:
    run = rehearsed(tmp_path, LEFT)
    assert run.code == Exit.SERVER, run.err[-2000:]
    assert "the servers aren't as they were before `up`" in run.err
    assert re.search(r"aws/role/\S+ is still there", run.err)


def test_what_is_kept_runs_on_until_it_is_ended(tmp_path: Path) -> None:
    copy = scratch.copy(tmp_path / "project")
    run = copy.run("rehearse", STACK, "--keep", "--format", "json", seconds=600)
    root = copy.folder / ".sandbox"
    (kept,) = running(root)
    try:
        assert run.code == Exit.OK, run.err[-2000:]
        said = json.loads(run.out)["stacks"][0]["deployed"]
        assert [line.partition(":")[0] for line in said] == [
            "providers",
            "up",
            "up again",
            "refresh",
            "state clean",
        ]
        assert f"sandbox {kept.name} stays" in run.err
        end = re.search(r"end it with `workload-secrets (.+)`", run.err)
        assert end is not None
        assert copy.run(*end.group(1).split()).code == Exit.OK
        assert running(root) == []
    finally:
        down(kept.name, root)
