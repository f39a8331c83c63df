from __future__ import annotations

import json
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from workload_secrets.cli import main
from workload_secrets.errors import Exit

PROJECT = Path(__file__).parents[2]
COPIED = ("__main__.py", "Pulumi.yaml", "Pulumi.dev.yaml", "components", "certs")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project's program as a repository of its own with one commit."""
    for name in COPIED:
        source, target = PROJECT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    git = ["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@example"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    return tmp_path


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_committed_stacks_have_no_finding_and_no_unknown(
    stack: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("preview used the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert main.run(["preview", stack, "--project", str(PROJECT)]) == Exit.OK
    text = capsys.readouterr().out
    assert "✗" not in text
    assert "?" not in text
    assert " resources: " in text
    assert "\x1b" not in text


def test_json_is_valid_and_the_same_twice(capsys: pytest.CaptureFixture[str]) -> None:
    texts: list[str] = []
    for _ in range(2):
        assert main.run(["preview", "dev", "--format", "json", "--project", str(PROJECT)]) == Exit.OK
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]
    assert json.loads(texts[0])["access"]["passed"] is True


def test_the_difference_to_a_revision_says_who_gains_what(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replace(copy / "Pulumi.yaml", "reads: [pmp-credentials, pmp-vault]", "reads: [pmp-vault, billing-api]")
    arguments = ["preview", "dev", "--base", "HEAD", "--format", "json", "--project", str(copy)]
    assert main.run(arguments) == Exit.OK
    change = json.loads(capsys.readouterr().out)["change"]
    who = "pmp (system:serviceaccount:feature-test:mxplatform)"
    assert change["gained"] == [f"{who}: read billing-api (vault apps-dev/billing/api)"]
    assert [line for line in change["lost"] if line.startswith(who)]
    assert change["refused"] == []


def test_a_stack_that_the_revision_lacks_is_added_as_a_whole(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(copy / "Pulumi.dev.yaml", copy / "Pulumi.new.yaml")
    arguments = ["preview", "new", "--base", "HEAD", "--format", "json", "--project", str(copy)]
    assert main.run(arguments) == Exit.OK
    found = json.loads(capsys.readouterr().out)
    assert "aws:secretsmanager:Secret billing-payments-secret" in found["change"]["added"]
    assert found["change"]["gained"]
    assert not found["change"]["lost"] + found["change"]["removed"] + found["change"]["changed"]


def test_renaming_a_secret_in_place_is_refused_with_the_way_round(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replace(copy / "Pulumi.yaml", "{environment}/billing/payments", "{environment}/billing/paid")
    assert main.run(["preview", "dev", "--base", "HEAD", "--project", str(copy)]) == Exit.POLICY
    assert "refused: aws:secretsmanager:Secret billing-payments-secret" in capsys.readouterr().out


@pytest.mark.parametrize("revision", ["nonsense", "--output=x"])
def test_a_revision_that_does_not_exist_is_bad_input(
    copy: Path, revision: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["preview", "dev", f"--base={revision}", "--project", str(copy)]) == Exit.INPUT
    assert "--base" in capsys.readouterr().err
