"""A copy of the project with a planted mistake, and the command line run in it.

The copy holds what git knows of the project, as it stands in the work tree, so that an edit
that isn't committed yet is proven too. Its own `components`, `policies` and `workload_secrets` are used;
only Python and its libraries come from the project's virtual environment.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
_UNUSED: Final = ("tests", "docs", "bench", "examples")
"""Folders that no command reads."""
_PREVIEW_SECONDS: Final = 120
_REHEARSE_SECONDS: Final = 1200
"""The first on a machine builds the Kubernetes API, which takes minutes."""
_DROPPED: Final = ("AWS_", "VAULT_", "BAO_", "PULUMI_", "KUBECONFIG", "PYTHON", "PYTEST_", "COV_")
"""Prefixes of variables that would reach servers or modules other than the copy's."""


@dataclass(frozen=True)
class Edit:
    """Replaces `find`, which stands exactly once in `file`, by `replace`."""

    file: str
    find: str
    replace: str

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Edit:
        return cls(data["file"], data["find"], data["replace"])


@dataclass(frozen=True)
class Run:
    """What a command ended with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as data. The message of a failure holds both streams."""
        try:
            return json.loads(self.out)
        except ValueError:
            raise AssertionError(
                f"no JSON, exit {self.code}\n{self.out[-2000:]}\n{self.err[-4000:]}"
            ) from None


@dataclass(frozen=True)
class Scratch:
    """One copy of the project in `folder`."""

    folder: Path

    def plant(self, edits: Sequence[Edit]) -> None:
        """Applies every edit. Raises AssertionError where a text isn't there exactly once."""
        for edit in edits:
            file = self.folder / edit.file
            text = file.read_text()
            count = text.count(edit.find)
            assert count == 1, f"{edit.file}: {edit.find!r} stands there {count} times, not once"
            assert edit.replace != edit.find, f"{edit.file}: the edit changes nothing"
            file.write_text(text.replace(edit.find, edit.replace))

    def run(self, *arguments: str, seconds: int = _PREVIEW_SECONDS) -> Run:
        """Runs `workload-secrets ARGUMENTS` in the copy."""
        done = subprocess.run(
            command(*arguments),
            cwd=self.folder,
            env=environment(self.folder),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def preview(self, stack: str) -> Run:
        return self.run("preview", stack, "--format", "json")

    def rehearse(self, *stacks: str) -> Run:
        return self.run("rehearse", *stacks, "--format", "json", seconds=_REHEARSE_SECONDS)


def copy(folder: Path, edits: Sequence[Edit] = ()) -> Scratch:
    """A copy of the project in the empty or absent `folder`, with the edits planted."""
    for name in _files():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)  # keeps times, so that compiled modules stay valid
    for compiled in _compiled():
        target = folder / compiled
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / compiled, target)
    scratch = Scratch(folder)
    scratch.plant(edits)
    return scratch


def command(*arguments: str) -> list[str]:
    """The command line of the product, by module, so that PYTHONPATH decides which one."""
    return [sys.executable, "-m", "workload_secrets.cli.main", *arguments]


def environment(folder: Path) -> dict[str, str]:
    """Nothing of the caller's accounts; modules of `folder` first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)}
    return {**kept, "PYTHONPATH": str(folder), "PYTHONUTF8": "1"}


@cache
def _files() -> tuple[str, ...]:
    """Every file of the work tree that git knows or would add; no ignored ones."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names = (name for name in listed.split("\0") if name and name.split("/")[0] not in _UNUSED)
    return tuple(sorted(name for name in names if (ROOT / name).is_file()))


def _compiled() -> Iterator[Path]:
    """Compiled modules: without them each copy would compile everything anew."""
    for package in ("components", "policies", "workload_secrets"):
        for file in (ROOT / package).rglob("__pycache__/*.pyc"):
            if file.is_file():
                yield file.relative_to(ROOT)
