"""The command line with a server's stack."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.stacks import server
from tests.stacks.read import ROOT
from workload_secrets.cli import main
from workload_secrets.errors import Exit


def run(*words: str) -> int:
    return main.run([*words, "--project", str(ROOT)])


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """The example that also says what is configured in the server."""
    file = tmp_path / "mixed.yaml"
    more = "  workload-secrets:writers:\n    admin: {namespace: ops, writes: [x]}\n"
    file.write_text(server.FILE.read_text("utf-8") + more)
    return file


def test_preview_shows_the_server_without_credentials(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("preview", str(server.FILE)) == Exit.OK
    assert "no differences" in capsys.readouterr().out


def test_preview_hands_out_the_deployers_rights(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("preview", str(server.FILE), "--format", "json") == Exit.OK
    found = json.loads(capsys.readouterr().out)
    assert "role/guide-openbao-unseal" in found["deployer"]["iam"]
    assert found["deployer"]["vault"] is None


@pytest.mark.parametrize("verb", ["preview", "rehearse"])
def test_a_server_and_its_configuration_in_one_file_end_with_2(
    verb: str, mixed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(verb, str(mixed)) == Exit.INPUT
    assert "writers: got an object; allowed: nothing beside vaultServer" in capsys.readouterr().err
