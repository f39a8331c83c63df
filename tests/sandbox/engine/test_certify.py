"""What the real engine keeps and writes, looked through by `certify`."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workload_secrets.access.canary import PREFIX
from workload_secrets.access.derived import declaration_of
from workload_secrets.access.observed.rehearsal import Rehearsal
from workload_secrets.access.principals import actors
from workload_secrets.cli.site import site, spec
from workload_secrets.graph import config
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph
from workload_secrets.graph.state import from_stream
from workload_secrets.sandbox import lockout, prerequisites
from workload_secrets.sandbox.api import down, up
from workload_secrets.sandbox.deploy.run import site_of
from workload_secrets.sandbox.engine import command
from workload_secrets.sandbox.engine.binary import Engine
from workload_secrets.sandbox.engine.stack import place
from workload_secrets.sandbox.engine.workspace import Workspace, prepare
from workload_secrets.sandbox.handle import Sandbox

pytestmark = [pytest.mark.engine, pytest.mark.sandbox]

ROOT = Path(__file__).parents[3]
PROGRAM = """
import pulumi

config = pulumi.Config()
pulumi.export("plain", config.require("plain"))
pulumi.export("packed", {"deep": [config.require("packed")]})
pulumi.export("marked", pulumi.Output.secret(config.require("marked")))
pulumi.export("harmless", pulumi.Output.secret("nothing that anybody looks for"))
"""


@pytest.fixture(scope="module")
def graph() -> Graph:
    return capture(ROOT, "dev")


@pytest.fixture(scope="module")
def sandbox(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    root = tmp_path_factory.mktemp("certify") / ".sandbox"
    made = up([spec(graph)], name="certify", root=root, owner="process", progress=lambda _: None)
    prerequisites.make(made, graph.stack, declaration_of(graph))
    yield made
    down(made.name, root)


def run(workspace: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of ours where the engine is the one `pulumi` on PATH."""
    tools = workspace.folder / "tools"
    tools.mkdir(exist_ok=True)
    if not (tools / "pulumi").exists():
        (tools / "pulumi").symlink_to(workspace.engine.path)
    environment = {**workspace.variables(), "PATH": f"{tools}:{os.environ['PATH']}"}
    return subprocess.run(
        [sys.executable, "-m", "workload_secrets.cli.main", *arguments],
        cwd=workspace.project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def exported(workspace: Workspace) -> bytes:
    done = subprocess.run(
        [str(workspace.engine.path), "stack", "export", "--stack", workspace.stack],
        cwd=workspace.project,
        env=workspace.variables(),
        capture_output=True,
        check=True,
    )
    return done.stdout


def with_canaries(workspace: Workspace, sandbox: Sandbox, graph: Graph) -> int:
    """Writes canaries into every secret of the deployed stack; gives into how many."""
    declaration = declaration_of(graph)
    intruders = [
        (actor.namespace, actor.service_account)
        for actor in actors(declaration)
        if actor.change in {"default", "namespace"}
    ]
    prerequisites.after_deploy(sandbox, graph.stack, intruders)
    lockout.lift(sandbox, graph.stack, declaration)
    deployed = from_stream(io.BytesIO(exported(workspace)), "the state")
    return Rehearsal(deployed, site(sandbox, graph.stack)).write()


def test_dev_is_clean_after_canaries_were_written_and_the_engine_read_everything_again(
    sandbox: Sandbox, graph: Graph, engine: Engine, tmp_path: Path
) -> None:
    workspace = place(sandbox, ROOT, "dev", declaration_of(graph), engine)
    events = [*command.run(workspace, "up").events]
    assert with_canaries(workspace, sandbox, graph) >= 2
    events += command.run(workspace, "refresh").events
    events += command.run(workspace, "up").events
    log = tmp_path / "events.jsonl"
    log.write_text("".join(f"{json.dumps(event)}\n" for event in events))
    logs = [str(path) for path in (log, *sorted((workspace.folder / "logs").glob("*.log")))]
    assert len(logs) >= 4
    words = [word for path in logs for word in ("--log", path)]
    done = run(workspace, "certify", "dev", *words, "--format", "json")
    found = json.loads(done.stdout)
    assert (found["verdict"], found["findings"], found["notLookedAt"]) == ("clean", [], [])
    assert done.returncode == 0
    assert found["resources"] == len(graph.resources)
    assert {"VAULT_TOKEN", "PULUMI_CONFIG_PASSPHRASE_FILE"} <= set(found["values"])
    assert any(name.startswith("AWS") for name in found["values"])
    text = run(workspace, "certify", "dev")
    assert text.stdout.splitlines()[-1].startswith("clean: ")
    assert "exported the state of dev" in text.stderr


def test_what_a_program_exports_is_found_marked_or_not_and_encrypted_is_not_looked_at(
    sandbox: Sandbox, graph: Graph, engine: Engine, tmp_path: Path
) -> None:
    canary = f"{PREFIX}planted-by-a-program-0123456789"
    packed = base64.b64encode(gzip.compress(json.dumps({"token": canary}).encode())).decode()
    (tmp_path / "Pulumi.yaml").write_text("name: leaky\nruntime: {name: python}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    values = {"plain": f"see {canary}", "packed": packed, "marked": canary}
    (tmp_path / "Pulumi.one.yaml").write_text(json.dumps({"config": values}))
    workspace = prepare(
        engine,
        sandbox.folder / "leaky",
        program=tmp_path,
        stack=config.load(tmp_path, "one"),
        sandbox=sandbox.folder,
        site=site_of(sandbox, "dev", declaration_of(graph)),
        environment={},
    )
    command.initialize(workspace)
    events = command.run(workspace, "up").events
    log = tmp_path / "events.jsonl"
    log.write_text("".join(f"{json.dumps(event)}\n" for event in events))
    done = run(workspace, "certify", "one", "--log", str(log), "--format", "json")
    assert canary not in done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    stack = "urn:pulumi:one::leaky::pulumi:pulumi:Stack::leaky-one"
    leaks = {(f["path"], f["form"], f["marked"]) for f in found["findings"] if not f["line"]}
    assert leaks == {
        ("outputs.plain", "raw", False),
        ("outputs.packed.deep[0]", "base64 > gzip", False),
        ("outputs.marked", "raw", True),
    }
    assert {f["resource"] for f in found["findings"] if not f["line"]} == {stack}
    in_log = [f for f in found["findings"] if f["line"].startswith(f"{log}:")]
    assert stack in {f["resource"] for f in in_log}
    assert {f["path"].partition(".")[0] for f in in_log} >= {"preludeEvent", "resOutputsEvent"}
    assert {(m["path"], m["content"]) for m in found["marked"]} == {
        ("outputs.marked", "a value"),
        ("outputs.harmless", "a value"),
    }
    assert (done.returncode, found["verdict"]) == (3, "leaked")
    state = tmp_path / "state.json"
    state.write_bytes(exported(workspace))
    sealed = json.loads(run(workspace, "certify", "--state", str(state), "--format", "json").stdout)
    assert {f["path"] for f in sealed["findings"]} == {"outputs.plain", "outputs.packed.deep[0]"}
    assert len(sealed["notLookedAt"]) == 2
