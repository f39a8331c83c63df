"""The command `review`, on exports of captured stacks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.captured import captured
from tests.review.planted import CANARY, SOURCE, dev, exported, value, wide
from tests.stacks.read import ROOT
from workload_secrets.cli import main
from workload_secrets.errors import Exit

PLACE = "dev::aws:iam/rolePolicy:RolePolicy::wide"
ENTRY = """
- rule: {rule}
  resource: {place}
  owner: platform-team
  reason: until the release
  expires: 2999-01-01
"""


def state(folder: Path, data: dict[str, Any]) -> str:
    file = folder / "state.json"
    file.write_text(json.dumps(data))
    return str(file)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "policies").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: workload-secrets\nruntime: python\n")
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main.run(["review", *arguments])
    found = capsys.readouterr()
    assert CANARY not in found.out + found.err
    return code, found.out, found.err


def test_a_deployed_stack_passes_and_says_what_ran(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = state(tmp_path, exported(captured("dev")))
    code, out, err = run(capsys, "--state", file, "--project", str(ROOT))
    assert (code, err) == (Exit.OK, "")
    assert out.startswith("Review: dev\n\n0 refused, 0 warnings, 0 waived\n")
    assert "judged as tier development" in out
    assert "not wholly seen here: " in out


def test_a_violation_ends_with_3_and_names_all_in_each_format(
    tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = state(tmp_path, exported(dev(wide(), value())))
    for format_ in ("text", "markdown", "json", "sarif"):
        code, out, _ = run(capsys, "--state", file, "--project", str(project), "--format", format_)
        assert code == Exit.POLICY
        assert "IAM-02" in out
        assert PLACE in out
        assert SOURCE.partition(":")[0] in out
        assert "name each secret" in out
        assert "\x1b" not in out
        if format_ in {"json", "sarif"}:
            assert json.loads(out)
            assert run(capsys, "--state", file, "--project", str(project), "--format", format_)[1] == out


def test_waivers_are_those_of_the_project(
    tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = state(tmp_path, exported(dev(wide())))
    (project / "policies" / "waivers.yaml").write_text(ENTRY.format(rule="IAM-02", place=PLACE))
    code, out, _ = run(capsys, "--state", file, "--project", str(project), "--format", "json")
    assert code == Exit.POLICY
    refused = json.loads(out)["refused"]
    assert [e["text"] for e in refused if e["rule"] == "WAIVER-01" and "at most 90 days" in e["text"]]


def test_outside_a_project_every_rule_refuses_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, "--state", state(tmp_path, exported(dev(wide()))))
    assert code == Exit.POLICY
    assert "IAM-02" in out
    assert err == "no project here: no waiver counts, and every rule refuses\n"


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_standard_input_is_read(name: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workload_secrets.cli.main", "review", "--state", name, "--format", "json"],
        input=json.dumps(exported(dev(wide()))).encode(),
        capture_output=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == Exit.POLICY
    assert {e["resource"] for e in json.loads(done.stdout)["refused"]} == {PLACE}
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "can't be read: No such file or directory. Give an existing file."),
        (b"", "no output of `pulumi stack export`"),
        (b"\xff\xfe", "no output of `pulumi stack export`"),
        (b'{"version": 3}', "no output of `pulumi stack export`"),
        (b'{"checkpoint": {"latest": {"resources": []}}}', "no output of `pulumi stack export`"),
        (b'{"deployment": {"resources": [{"urn": "x", "type": 1}]}}', "no output of `pulumi stack export`"),
        (b'{"deployment": {"resources": []}}', "holds no resource. Deploy the stack first."),
    ],
)
def test_another_file_is_bad_input(
    content: bytes | None, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "state.json"
    if content is not None:
        file.write_bytes(content)
    code, out, err = run(capsys, "--state", str(file), "--project", str(ROOT))
    assert (code, out) == (Exit.INPUT, "")
    assert err.startswith(f"error: {file}: ")
    assert says in err


def test_a_folder_that_is_no_project_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = state(tmp_path, exported(captured("dev")))
    code, _, err = run(capsys, "--state", file, "--project", str(tmp_path))
    assert code == Exit.INPUT
    assert "no Pulumi.yaml in it" in err
