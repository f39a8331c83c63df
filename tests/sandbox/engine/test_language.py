"""Programs and policy packs under the real engine, run by our language host."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from workload_secrets.errors import PolicyError, ServerError
from workload_secrets.graph import config
from workload_secrets.sandbox.engine import command
from workload_secrets.sandbox.engine.binary import Engine
from workload_secrets.sandbox.engine.workspace import Workspace, prepare
from workload_secrets.sandbox.process import Process

pytestmark = pytest.mark.engine

PROGRAM = """
import os, time
from pathlib import Path
import pulumi

class Part(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Part", name)
        self.register_outputs({})

config = pulumi.Config()
mode = config.get("mode")
if mode == "refuse":
    raise pulumi.RunError("the key a is wrong")
def inner():
    raise ValueError("told nobody")
if mode == "fail":
    inner()
if mode == "wait":
    Path("pids").write_text(f"{os.getpid()} {os.getppid()}")
    time.sleep(600)
Part("one")
pulumi.export("object", config.require("object"))
pulumi.export("texts", [config.require(name) for name in ("octal", "time", "yes", "quoted")])
pulumi.export("environment", sorted(name for name in os.environ if "CONFIG" in name or "SECRET" in name))
"""
PACK = """
import pulumi
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def no_parts(args, report):
    if args.resource_type == "test:index:Part":
        report(f"no parts here: {pulumi.get_project()} {pulumi.get_stack()} {pulumi.runtime.is_dry_run()}")

PolicyPack("test", enforcement_level=EnforcementLevel.MANDATORY, policies=[
    ResourceValidationPolicy(name="no-parts", description="No parts.", validate=no_parts)
])
"""
STACK = {"object": {"z": 1, "a": {"y": [1, 2.5, None], "b": "12:30"}}, "octal": "0o17", "time": "12:30:45"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "a project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: unit\nruntime: {name: python}\n")
    (folder / "__main__.py").write_text(PROGRAM)
    values: dict[str, Any] = {**STACK, "yes": "yes", "quoted": 'a "b" \\ ü'}
    (folder / "Pulumi.dev.yaml").write_text(config.json.dumps({"config": values}))
    return folder


def workspace(engine: Engine, project: Path, mode: str | None = None) -> Workspace:
    found = config.load(project, "dev", {"unit:mode": mode} if mode else None)
    made = prepare(
        engine,
        project.parent / "engine",
        program=project,
        stack=found,
        sandbox=project.parent,
        site={},
        environment={"SECRET_OF_DEPLOYER": "x"},
    )
    command.initialize(made)
    return made


def outputs(done: command.Done) -> dict[str, Any]:
    """The stack's outputs as they were registered last."""
    found = [event["resOutputsEvent"]["metadata"] for event in done.events if "resOutputsEvent" in event]
    return [about for about in found if about["type"] == "pulumi:pulumi:Stack"][-1]["new"]["outputs"]


def test_a_program_gets_its_configuration_and_no_file_of_the_project_changes(
    engine: Engine, project: Path
) -> None:
    before = {file.name: file.read_bytes() for file in project.iterdir() if file.is_file()}
    lines: list[str] = []
    made = workspace(engine, project)
    assert command.run(made, "preview").changes == {"create": 2}
    done = command.run(made, "up", progress=lines.append)
    assert "created Part one" in lines
    assert (done.changes, done.warnings) == ({"create": 2}, ())
    found = outputs(done)
    assert config.json.loads(found["object"]) == STACK["object"]
    assert found["texts"] == ["0o17", "12:30:45", "yes", 'a "b" \\ ü']
    assert found["environment"] == ["PULUMI_CONFIG_PASSPHRASE_FILE", "SECRET_OF_DEPLOYER"]
    assert command.run(made, "up").changes == {"same": 2}
    assert command.run(made, "destroy").changes == {"delete": 2}
    assert {file.name: file.read_bytes() for file in project.iterdir() if file.is_file()} == before


def test_what_a_program_says_of_its_configuration_is_shown_without_a_traceback(
    engine: Engine, project: Path
) -> None:
    with pytest.raises(ServerError) as raised:
        command.run(workspace(engine, project, "refuse"), "up")
    assert str(raised.value).splitlines() == ["pulumi up of stack dev failed:", "the key a is wrong"]


def test_an_unhandled_exception_is_shown_from_the_programs_first_line_on(
    engine: Engine, project: Path
) -> None:
    with pytest.raises(ServerError, match="ValueError: told nobody") as raised:
        command.run(workspace(engine, project, "fail"), "up")
    assert "in inner" in str(raised.value)
    assert "runpy" not in str(raised.value)
    assert "engine/program.py" not in str(raised.value)


def test_a_pack_refuses_before_anything_is_made(engine: Engine, project: Path) -> None:
    pack = project.parent / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.0.1\n")
    (pack / "__main__.py").write_text(PACK)
    made = workspace(engine, project)
    with pytest.raises(PolicyError, match=r"no-parts \(one\): No parts. no parts here: unit dev True"):
        command.run(made, "up", policy_pack=pack)
    with pytest.raises(PolicyError, match="no parts here: unit dev False"):
        command.run(made, "up", "--skip-preview", policy_pack=pack)


def test_nothing_outlives_an_engine_that_is_killed(engine: Engine, project: Path) -> None:
    made = workspace(engine, project, "wait")
    child = subprocess.Popen(
        [str(engine.path), "preview", "--non-interactive", "--stack", "dev"],
        cwd=made.project,
        env=made.variables(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        pids, until = project / "pids", time.monotonic() + 60
        while not (pids.exists() and pids.read_text().count(" ")):
            assert time.monotonic() < until
            time.sleep(0.05)
        found = [Process.of(int(pid)) for pid in pids.read_text().split()]
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    assert len(found) == 2
    for process in found:
        assert process is not None
        assert process.wait_gone(10)
