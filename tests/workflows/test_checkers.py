"""actionlint and zizmor find nothing here, and do find what is planted."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflows.reading import FOLDER, ROOT


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    """The command of `.ci/run`, over a folder."""
    words = [sys.executable, str(ROOT / ".ci/workflows.py"), str(folder)]
    return subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)


def test_the_workflows_have_no_finding() -> None:
    done = check(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


PLANTS = {
    "an action by tag": (
        "workflows/ci.yml",
        "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
        "actions/checkout@v7",
        "unpinned-uses",
    ),
    "a stranger's text in a command": (
        "workflows/ci.yml",
        "run: .ci/run",
        "run: .ci/run '${{ github.event.pull_request.title }}'",
        "template-injection",
    ),
    "a stranger's code with rights": (
        "workflows/ci.yml",
        "  pull_request:\n",
        "  pull_request_target:\n",
        "dangerous-triggers",
    ),
    "rights for everything": (
        "workflows/ci.yml",
        "permissions: {}",
        "permissions: write-all",
        "excessive-permissions",
    ),
    "a token left behind": (
        "workflows/ci.yml",
        "persist-credentials: false",
        "persist-credentials: true",
        "artipacked",
    ),
    "a name that doesn't exist": (
        "workflows/drift.yml",
        "matrix.stack }}-drift",
        "matrix.stak }}-drift",
        "stak",
    ),
    "a word that the shell splits": ("workflows/deploy-stack.yml", '"$STACK"', "$STACK", "SC2086"),
    "the same in a script": ("scripts/review-state.sh", '"$1"', "$1", "SC2086"),
}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """What is said of one copy with every plant: a run for each would take half a minute."""
    folder = tmp_path_factory.mktemp("planted")
    (folder / ".git").mkdir()
    shutil.copytree(FOLDER, folder / ".github")
    for name, old, new, _ in PLANTS.values():
        file = folder / ".github" / name
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
    return check(folder)


@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS.keys())
def test_a_planted_flaw_is_found(
    planted: subprocess.CompletedProcess[str], plant: tuple[str, str, str, str]
) -> None:
    assert planted.returncode == 1
    assert plant[3] in planted.stdout + planted.stderr


def test_one_flaw_is_enough_to_fail(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / ".github")
    file = tmp_path / ".github/scripts/review-state.sh"
    file.write_text(file.read_text().replace('"$1"', "$1"))
    assert check(tmp_path).returncode == 1
