"""Runs of the command line in scratch copies, two at a time, each only once."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tests.proof import scratch
from tests.proof.mistakes import Mistake, stack_argument
from tests.proof.previews import Previews
from tests.proof.scratch import Edit, Run

AT_ONCE: Final = 2
UNREVIEWED: Final = Edit(
    "workload_secrets/cli/rehearse.py", "deployment.up()", "deployment.up(reviewed=False)"
)
"""The pack would refuse most mistakes before anything is made; here the logins have to find them."""
TOOL: Final = ("policies/", "workload_secrets/")


class Pool:
    """Starts what is asked for first; a test waits for its own run only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._threads = ThreadPoolExecutor(AT_ONCE)
        self._starting = threading.Lock()
        self._quick: Previews | None = None
        self._previews: dict[str, Future[Run]] = {}
        self._rehearsals: dict[str, Future[Run]] = {}

    def preview(self, mistake: Mistake) -> Future[Run]:
        if mistake.name not in self._previews:
            self._previews[mistake.name] = self._threads.submit(self._preview, mistake)
        return self._previews[mistake.name]

    def rehearse(self, mistake: Mistake) -> Future[Run]:
        """In one copy with the others of its group."""
        if mistake.group not in self._rehearsals:
            self._rehearsals[mistake.group] = self._threads.submit(self._rehearse, mistake)
        return self._rehearsals[mistake.group]

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)
        if self._quick is not None:
            self._quick.close()

    def _preview(self, mistake: Mistake) -> Run:
        """A mistake in the tool itself needs a tool of its own; any other a program of its own."""
        if not any(edit.file.startswith(TOOL) for edit in mistake.edits):
            return self._warm().preview(stack_argument(mistake.stack), mistake.edits)
        copy = scratch.copy(self._folder / f"preview-{mistake.name}", mistake.edits)
        return copy.preview(stack_argument(mistake.stack))

    def _warm(self) -> Previews:
        with self._starting:
            self._quick = self._quick or Previews(self._folder / "previews")
            return self._quick

    def _rehearse(self, mistake: Mistake) -> Run:
        group = mistake.members()
        assert {m.stack for m in group} == {mistake.stack}, f"{mistake.group} is of several stacks"
        edits = [UNREVIEWED, *(edit for m in group for edit in m.edits)]
        copy = scratch.copy(self._folder / f"rehearse-{mistake.group}", edits)
        return copy.rehearse(stack_argument(mistake.stack))
