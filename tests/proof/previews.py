"""One copy of the project and one warm process: each planting is previewed and taken out again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.proof import scratch
from tests.proof.scratch import ROOT, Edit, Run, Scratch

STACKS = (Path("tests") / "stacks", Path("examples"))


class Previews:
    """`folder` is empty or absent; `close` ends the process. The tool is that of the work tree: edits
    in it don't count."""

    def __init__(self, folder: Path) -> None:
        self._one = threading.Lock()
        self.copy = scratch.copy(folder)
        for stacks in STACKS:
            shutil.copytree(ROOT / stacks, folder / stacks, ignore=shutil.ignore_patterns("*.py", "golden"))
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.proof.warm"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            # A module that is edited twice a second would be taken for the one compiled before.
            env={**scratch.environment(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        )

    def preview(self, stack: str, edits: Sequence[Edit], *, base: bool = False) -> Run:
        """What `preview --format json` says of a stack in the planted copy. With `base` it is
        compared with the copy as it was made."""
        revision = ("--base", self._revision()) if base else ()
        with self._one, planted(self.copy, edits):
            place = ("--project", str(self.copy.folder))
            return self._ask(("preview", stack, "--format", "json", *revision, *place))

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
