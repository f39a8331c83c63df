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
    assert f"Review: {stack}\n\n0 refused, 0 warnings, 0 waived\n" in text
    assert " rules run on " in text
    assert "waivers: none in force" in text
    assert "\x1b" not in text


def test_json_is_valid_and_the_same_twice(capsys: pytest.CaptureFixture[str]) -> None:
    texts: list[str] = []
    for _ in range(2):
        assert main.run(["preview", "dev", "--format", "json", "--project", str(PROJECT)]) == Exit.OK
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]
    assert json.loads(texts[0])["access"]["passed"] is True


def test_the_difference_to_a_revision_says_who_gains_what_and_refuses_it_until_accepted(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reads = "reads: [pmp-vault, billing-api, billing-payments]"
    replace(copy / "Pulumi.yaml", "reads: [pmp-credentials, pmp-vault]", reads)
    arguments = ["preview", "dev", "--base", "HEAD", "--project", str(copy)]
    assert main.run([*arguments, "--format", "json"]) == Exit.POLICY
    found = json.loads(capsys.readouterr().out)
    change, refused = found["change"], found["review"]["refused"]
    who = "pmp (system:serviceaccount:feature-test:mxplatform)"
    assert change["gained"] == [
        f"{who}: read billing-api (vault apps-dev/billing/api)",
        f"{who}: read billing-payments (aws 111122223333:dev/billing/payments)",
    ]
    assert [line for line in change["lost"] if line.startswith(who)]
    assert change["refused"] == []
    assert [entry["text"] for entry in refused if entry["rule"] == "CHANGE-02"] == change["gained"]
    documents = [entry for entry in refused if entry["rule"] == "IAM-08"]
    assert "dev::aws:iam/rolePolicy:RolePolicy::pmp-secrets" in {entry["resource"] for entry in documents}
    assert all("role dev-pmp" in entry["text"] for entry in documents)
    assert all(entry["source"].startswith("components/aws/") for entry in documents)
    assert all("--accept-new-access" in entry["remedy"] for entry in refused)
    assert len(refused) == len(documents) + len(change["gained"])

    assert main.run([*arguments, "--accept-new-access"]) == Exit.OK
    text = capsys.readouterr().out
    assert f"0 refused, 0 warnings, 0 waived, {len(refused)} accepted\n" in text
    assert "accepted: IAM-08 high" in text
    assert all(entry["text"] in text for entry in refused)


def test_access_that_nothing_is_compared_with_can_not_be_accepted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main.run(["preview", "dev", "--accept-new-access", "--project", str(PROJECT)]) == Exit.INPUT
    assert "--accept-new-access: needs --base REVISION" in capsys.readouterr().err


def test_a_rule_that_ends_the_program_is_in_the_log_with_its_line(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    provider = 'import pulumi_aws as aws\naws.Provider("static", access_key="canary-5f3a9c", region="x")\n'
    replace(copy / "__main__.py", "import pulumi\n", f"import pulumi\n{provider}")
    assert main.run(["preview", "dev", "--format", "sarif", "--project", str(copy)]) == Exit.POLICY
    shown = capsys.readouterr()
    (result,) = json.loads(shown.out)["runs"][0]["results"]
    assert result["ruleId"] == "META-04"
    place = result["locations"][0]["physicalLocation"]
    line = (copy / "__main__.py").read_text().splitlines().index(provider.splitlines()[1]) + 1
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("__main__.py", line)
    assert shown.err.startswith("error: ")
    assert "canary-5f3a9c" not in shown.out + shown.err


def test_a_stack_that_the_revision_lacks_is_added_as_a_whole(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(copy / "Pulumi.dev.yaml", copy / "Pulumi.new.yaml")
    arguments = ["preview", "new", "--base", "HEAD", "--format", "json", "--project", str(copy)]
    assert main.run(arguments) == Exit.OK
    found = json.loads(capsys.readouterr().out)
    assert found["review"]["refused"] == []
    assert "aws:secretsmanager:Secret billing-payments-secret" in found["change"]["added"]
    assert found["change"]["gained"]
    assert not found["change"]["lost"] + found["change"]["removed"] + found["change"]["changed"]


def test_renaming_a_secret_in_place_is_refused_with_the_way_round(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replace(copy / "Pulumi.yaml", "{environment}/billing/payments", "{environment}/billing/paid")
    arguments = ["preview", "dev", "--base", "HEAD", "--accept-new-access", "--project", str(copy)]
    assert main.run(arguments) == Exit.POLICY
    text = capsys.readouterr().out
    assert "refused: aws:secretsmanager:Secret billing-payments-secret" in text
    assert "refused: CHANGE-01 critical" in text
    assert "    declared at components/aws/secret.py:" in text


@pytest.mark.parametrize("target", ["/nowhere/venv", "../../outside", "missing"])
def test_a_committed_link_stops_no_comparison(
    copy: Path, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy / ".venv").symlink_to(target)
    git = ["git", "-C", str(copy), "-c", "user.name=t", "-c", "user.email=t@example"]
    for command in (["add", "-A"], ["commit", "-q", "-m", "link"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    arguments = ["preview", "dev", "--base", "HEAD", "--format", "json", "--project", str(copy)]
    assert main.run(arguments) == Exit.OK
    assert not json.loads(capsys.readouterr().out)["change"]["changed"]


@pytest.mark.parametrize("revision", ["nonsense", "--output=x"])
def test_a_revision_that_does_not_exist_is_bad_input(
    copy: Path, revision: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["preview", "dev", f"--base={revision}", "--project", str(copy)]) == Exit.INPUT
    assert "--base" in capsys.readouterr().err
