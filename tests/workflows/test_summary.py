"""A command's output goes to the log and to the summary, and its exit code stays."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.workflows.reading import SCRIPTS


def summarise(tmp_path: Path, command: str) -> tuple[int, str, str]:
    """Exit code, log and summary of a shell command."""
    summary = tmp_path / "summary.md"
    done = subprocess.run(
        [str(SCRIPTS / "summarise.sh"), "the title", "bash", "-c", command],
        env={"PATH": "/usr/bin:/bin", "GITHUB_STEP_SUMMARY": str(summary)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, summary.read_text()


@pytest.mark.parametrize("code", [0, 1, 3, 255])
def test_the_exit_code_is_the_commands(tmp_path: Path, code: int) -> None:
    found, log, summary = summarise(tmp_path, f"echo out; echo err >&2; exit {code}")
    assert found == code
    assert log == "out\nerr\n"
    assert f"### the title: exit code {code}" in summary
    assert "out\nerr" in summary


def test_output_can_not_leave_its_code_block(tmp_path: Path) -> None:
    _, _, summary = summarise(tmp_path, r"printf 'a\n````\n# b\n~~~\n\033[31mc\n'")
    lines = summary.splitlines()
    assert [line for line in lines if line.startswith("````")] == ["````text", "````"]
    assert lines.index("# b") < lines.index("````")
    assert "\x1b" not in summary


def test_a_summary_stays_below_githubs_limit(tmp_path: Path) -> None:
    _, _, summary = summarise(tmp_path, "head -c 3000000 /dev/zero | tr '\\0' x")
    assert len(summary.encode()) < 1024 * 1024


def test_the_review_of_the_state_fails_when_the_export_does(tmp_path: Path) -> None:
    for name, body in (("pulumi", "exit 6"), (".venv/bin/workload-secrets", "cat >/dev/null")):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)
    done = subprocess.run(
        [str(SCRIPTS / "review-state.sh"), "dev"],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        check=False,
    )
    assert done.returncode == 6
