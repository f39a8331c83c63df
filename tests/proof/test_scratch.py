"""The copies that the proofs are made in are what runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.proof import mistakes, scratch
from tests.proof.scratch import Edit

_NAMING = "components/naming.py"
_ERRORS = "workload_secrets/errors.py"


def test_a_scratch_copy_runs_its_own_modules(tmp_path: Path) -> None:
    copy = scratch.copy(tmp_path / "copy")
    code = "import components.naming as c, workload_secrets.errors as w; print(c.__file__); print(w.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=copy.folder,
        env=scratch.environment(copy.folder),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert found == [str(copy.folder / _NAMING), str(copy.folder / _ERRORS)]


def test_both_halves_of_the_command_line_are_the_copy_s(tmp_path: Path) -> None:
    """The parent process decides access, its child runs the program."""
    edits = [
        Edit(
            _NAMING, 'f"{cluster}-{principal}", IAM_ROLE_NAME_MAX', 'f"copied-{principal}", IAM_ROLE_NAME_MAX'
        ),
        Edit("workload_secrets/access/proof.py", 'return f"{line}; ', 'return f"copied {line}; '),
    ]
    run = scratch.copy(tmp_path / "copy", edits).preview("dev")
    names = [r["name"] for r in run.json["resources"]]
    assert run.json["access"]["summary"].startswith("copied dev:"), "the parent's module is another"
    assert "copied-billing" in run.out, f"the child's module is another: {names}"


def test_an_edit_that_fits_nowhere_or_twice_is_refused(tmp_path: Path) -> None:
    copy = scratch.copy(tmp_path / "copy")
    with pytest.raises(AssertionError, match="0 times"):
        copy.plant([Edit(_ERRORS, "no such text", "")])
    with pytest.raises(AssertionError, match="not once"):
        copy.plant([Edit(_ERRORS, "exit_code", "")])


def test_a_copy_without_edits_is_as_declared(tmp_path: Path) -> None:
    assert scratch.copy(tmp_path / "copy").preview("dev").code == 0


@pytest.mark.parametrize("file", ["mutations.yaml", "wrong_forms.yaml"])
def test_every_planted_text_stands_exactly_once_in_its_file(file: str) -> None:
    """Where a builder changed, its mistake has to change too, or it would prove nothing."""
    edits = [(mistake.name, edit) for mistake in mistakes.read(file) for edit in mistake.edits]
    wrong = [
        f"{name}: {edit.file}"
        for name, edit in edits
        if (scratch.ROOT / edit.file).read_text().count(edit.find) != 1
    ]
    assert wrong == []
