"""One copy of the project and one warm process: each planting is previewed and taken out again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.policies.plants.read import Plant
from tests.proof import scratch
from tests.proof.scratch import ROOT, Edit, Run, Scratch

STACKS = (Path("tests") / "stacks", Path("examples"))


class Runner:
    """`folder` is empty or absent; `close` ends the process."""

    def __init__(self, folder: Path) -> None:
        self.copy = scratch.copy(folder)
        for stacks in STACKS:
            shutil.copytree(ROOT / stacks, folder / stacks, ignore=shutil.ignore_patterns("*.py", "golden"))
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.policies.plants.warm"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            # A module that is edited twice a second would be taken for the one compiled before.
            env={**scratch.environment(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        )

    def preview(self, plant: Plant) -> Run:
        """What `preview --format json` says of the planted copy."""
        base = ("--base", self._revision()) if plant.base else ()
        arguments = ("preview", stack_argument(self.copy.folder, plant.stack), "--format", "json", *base)
        with planted(self.copy, plant.edits):
            return self._ask((*arguments, "--project", str(self.copy.folder)))

    def close(self) -> None:
        for stream in (self._server.stdin, self._server.stdout):
            if stream:
                stream.close()
        self._server.wait(10)

    def _ask(self, arguments: Sequence[str]) -> Run:
        if self._server.stdin is None or self._server.stdout is None:
            raise RuntimeError("the process has no pipes")
        self._server.stdin.write(json.dumps({"arguments": arguments}) + "\n")
        self._server.stdin.flush()
        answer = json.loads(self._server.stdout.readline())
        return Run(answer["code"], answer["out"], answer["err"])

    def _revision(self) -> str:
        """The copy as it was made, as a commit of a repository of its own."""
        folder = self.copy.folder
        if not (folder / ".git").exists():
            git = ["git", "-C", str(folder), "-c", "user.name=t", "-c", "user.email=t@example"]
            for command in (["init", "-q"], ["add", "-f", "-A"], ["commit", "-q", "-m", "first"]):
                subprocess.run([*git, *command], check=True, capture_output=True)
        return "HEAD"


def stack_argument(folder: Path, stack: str) -> str:
    """What the command takes: a stack's own name, or the path of its file in the copy."""
    files = (folder / stacks / f"{stack}.yaml" for stacks in STACKS)
    return next((str(file) for file in files if file.is_file()), stack)


@contextmanager
def planted(copy: Scratch, edits: Sequence[Edit]) -> Generator[None]:
    """The copy with the edits; afterwards as before, times of the files included."""
    files = {copy.folder / edit.file for edit in edits}
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in files}
    try:
        copy.plant(edits)
        yield
    finally:
        for file, (content, time) in before.items():
            file.write_bytes(content)
            os.utime(file, ns=(time, time))
