"""The gate's own steps, run as GitHub would run them, in a clone with the tool installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.workflows.reading import FOLDER, ROOT, load

REVIEW = load(FOLDER / "workflows/pull-request.yml")["jobs"]["review"]
WAIVER = """
- {rule: NONE-99, resource: "dev::aws:kms/key:Key::x", owner: o, reason: none, expires: 2100-01-01}
"""
RUN = next(step["run"] for step in REVIEW["steps"] if step["name"] == "Review")


def git(folder: Path, *words: str) -> str:
    person = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    done = subprocess.run(["git", *person, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of now; .venv is the one that is installed here."""
    folder = tmp_path_factory.mktemp("gate") / "clone"
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


def gate(folder: Path, **variables: str) -> tuple[int, str]:
    """Exit code and summary of the step `Review` for dev."""
    summary = folder.parent / "summary.md"
    summary.write_text("")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder.parent),
        "PYTHONPATH": str(folder),
        "GITHUB_STEP_SUMMARY": str(summary),
        "STACK": "dev",
        "BASE": "HEAD^1",
        "ACCEPT_NEW_ACCESS": "false",
        **variables,
    }
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", RUN],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, summary.read_text()


def test_a_violation_fails_the_gate_and_every_format_has_it(clone: Path) -> None:
    (clone / "policies/waivers.yaml").write_text(WAIVER)
    code, summary = gate(clone, BASE="")
    assert code == 3
    assert "NONE-99" in summary
    files = {file.name: file.read_text() for file in (clone / "review").iterdir()}
    assert set(files) == {"preview.txt", "preview.md", "preview.json", "review.sarif"}
    assert all("NONE-99" in text for text in files.values())
    assert json.loads(files["preview.json"])["stack"] == "dev"
    assert json.loads(files["review.sarif"])["version"] == "2.1.0"


def test_a_stack_that_can_not_be_read_says_so_in_the_summary(clone: Path) -> None:
    code, summary = gate(clone, STACK="nowhere", BASE="")
    assert code == 2
    assert "error: " in summary
    assert "nowhere" in summary


TOOL = """#!/bin/sh
echo "$@" >>../asked
case "$*" in *"$FAILS"*) exit 4 ;; esac
echo shown
"""


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A repository with two commits, the scripts, and a tool that records what it is asked."""
    folder = tmp_path / "repository"
    shutil.copytree(FOLDER / "scripts", folder / ".github/scripts")
    tool = folder / ".venv/bin/workload-secrets"
    tool.parent.mkdir(parents=True)
    tool.write_text(TOOL)
    tool.chmod(0o755)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "commit", "-q", "--allow-empty", "-m", "base")
    git(folder, "commit", "-q", "--allow-empty", "-m", "change")
    return folder


def asked(folder: Path) -> list[str]:
    return (folder.parent / "asked").read_text().splitlines()


def test_the_base_is_named_by_its_commit(recorded: Path) -> None:
    assert gate(recorded, FAILS="none")[0] == 0
    base = git(recorded, "rev-parse", "HEAD^1")
    assert sorted(asked(recorded)) == [
        f"preview dev --base {base} --format {form}" for form in ("json", "markdown", "sarif", "text")
    ]


def test_only_the_word_true_accepts_new_access(recorded: Path) -> None:
    gate(recorded, FAILS="none", BASE="", ACCEPT_NEW_ACCESS="true")
    gate(recorded, FAILS="none", BASE="", ACCEPT_NEW_ACCESS="false")
    gate(recorded, FAILS="none", BASE="", ACCEPT_NEW_ACCESS="")
    assert ["--accept-new-access" in line for line in asked(recorded)] == [True] * 4 + [False] * 8


@pytest.mark.parametrize("form", ["text", "markdown", "json", "sarif"])
def test_the_gate_fails_when_any_format_does(recorded: Path, form: str) -> None:
    assert gate(recorded, FAILS=form)[0] == 4


@pytest.mark.parametrize("base", ["--output=x", "no-such-revision"])
def test_a_base_that_is_no_commit_ends_before_any_review(recorded: Path, base: str) -> None:
    assert gate(recorded, FAILS="none", BASE=base)[0] != 0
    assert not (recorded.parent / "asked").exists()
