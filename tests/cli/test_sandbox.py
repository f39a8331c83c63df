from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from workload_secrets.cli import sandbox
from workload_secrets.cli.main import run
from workload_secrets.errors import Exit
from workload_secrets.graph.config import load
from workload_secrets.sandbox.engine.binary import Engine
from workload_secrets.sandbox.engine.workspace import Workspace


@pytest.mark.parametrize(("owner", "stays"), [("mine", False), ("other", True)])
def test_down_removes_the_stack_file_of_its_own_sandbox_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: str, stays: bool
) -> None:
    monkeypatch.setattr(sandbox, "down", lambda *_: True)
    (tmp_path / "Pulumi.yaml").write_text("name: x")
    file = tmp_path / sandbox.STACK_FILE
    file.write_text(sandbox._mark(owner) + "made of stack dev.\nconfig: {}\n")
    assert run(["sandbox", "down", "--name", "mine", "--project", str(tmp_path)]) == Exit.OK
    assert file.exists() is stays


def test_what_up_prints_sets_all_that_the_next_commands_need(tmp_path: Path) -> None:
    access = SimpleNamespace(
        vault_token_file=tmp_path / "token",
        aws_credentials_file=tmp_path / "a folder" / "credentials",
        prover_exec=tmp_path / "prover.json",
    )
    made: Any = SimpleNamespace(stacks={"dev": access}, ca_file=tmp_path / "ca.pem")
    graph: Any = SimpleNamespace(stack="dev")
    passwords = {"ORDERS_DB_ADMIN": tmp_path / "orders.password"}
    engine = Engine(path=tmp_path / "pulumi", version="3.274.1", own=True)
    workspace = Workspace(engine=engine, stack="dev", folder=tmp_path / "place", environment={})
    lines = [line.strip() for line in sandbox._hints(graph, made, passwords, workspace)]
    assert f"export PULUMI_HOME={tmp_path}/place/home" in lines
    assert "unset PULUMI_CONFIG_PASSPHRASE" in lines
    assert f"{tmp_path}/pulumi --cwd {tmp_path}/place/project up --stack dev" in lines
    seed, prove = lines.index("workload-secrets keys seed sandbox"), len(lines) - 1
    assert lines[prove] == "workload-secrets prove sandbox"
    credentials = f"'{tmp_path}/a folder/credentials'"
    assert f"export AWS_SHARED_CREDENTIALS_FILE={credentials} AWS_PROFILE=deployer" in lines[:seed]
    assert f"export AWS_CA_BUNDLE={tmp_path}/ca.pem" in lines[:seed]
    assert f'export ORDERS_DB_ADMIN="$(cat {tmp_path}/orders.password)"' in lines[:seed]
    assert f"export {sandbox.CREDENTIAL}={tmp_path}/prover.json" in lines[seed:prove]


@pytest.mark.parametrize("text", ["012345678901", "1e3", "0o17", "yes", "12:30:45", "2026-01-02", "a: b\n"])
def test_no_text_of_a_written_stack_file_changes_when_it_is_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: x\nruntime: python\n")
    (tmp_path / "Pulumi.sandbox.yaml").write_text(
        yaml.dump({"config": {"x:k": {"a": text, text.strip(): 5}}}, Dumper=sandbox._Quoted)
    )
    found = json.loads(load(tmp_path, "sandbox").config["x:k"])
    assert found == {"a": text, text.strip(): 5}
