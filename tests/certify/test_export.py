"""The state comes from the user's CLI through a pipe. The CLI here is a script that stands for it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.certify.looking import VALUE
from workload_secrets.certify import export
from workload_secrets.certify.export import exported
from workload_secrets.errors import InputError, ServerError
from workload_secrets.outside import SECRETS


def cli(folder: Path, program: str) -> dict[str, str]:
    """An environment whose `pulumi` is this program."""
    path = folder / "bin" / "pulumi"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!{sys.executable}\nimport json, os, sys\n{program}\n")
    path.chmod(0o755)
    return {**os.environ, "PATH": f"{path.parent}:{os.environ['PATH']}"}


def test_the_command_and_where_it_runs(tmp_path: Path) -> None:
    program = "print(json.dumps([sys.argv[1:], os.getcwd(), os.environ['PULUMI_BACKEND_URL']]))"
    environment = {**cli(tmp_path, program), "PULUMI_BACKEND_URL": "file://x"}
    arguments, folder, backend = json.loads(exported("dev", tmp_path, environment))
    assert arguments == ["stack", "export", "--show-secrets", "--stack", "dev", "--non-interactive"]
    assert (folder, backend) == (str(tmp_path), "file://x")


def test_large_output_and_much_said_beside_it_come_through(tmp_path: Path) -> None:
    environment = cli(tmp_path, "sys.stderr.write('x' * 3_000_000); sys.stdout.write('y' * 3_000_000)")
    assert exported("dev", tmp_path, environment) == b"y" * 3_000_000


def test_a_failure_says_what_the_cli_says_without_secrets(tmp_path: Path) -> None:
    said = f"error: no stack named dev, token {VALUE}"
    environment = cli(tmp_path, f"sys.stderr.write({said!r}); sys.exit(255)")
    SECRETS.learn(VALUE)
    with pytest.raises(ServerError) as raised:
        exported("dev", tmp_path, environment)
    assert "ended with 255: " in str(raised.value)
    assert "no stack named dev" in str(raised.value)
    assert VALUE not in str(raised.value)


def test_without_the_cli_the_other_way_is_named(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match=r"pulumi: not on PATH; .*--state FILE"):
        exported("dev", tmp_path, {"PATH": str(tmp_path)})


def test_too_much_is_refused_and_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = cli(
        tmp_path, "sys.stdout.write('y' * 100_000); sys.stdout.flush()\nimport time; time.sleep(60)"
    )
    monkeypatch.setattr(export, "_SECONDS", 1.0)
    with pytest.raises(ServerError, match="ended with -9"):
        exported("dev", tmp_path, environment)
    monkeypatch.setattr(export, "MAX_BYTES", 1000)
    with pytest.raises(InputError, match="larger than 1000 bytes"):
        exported("dev", tmp_path, environment)
