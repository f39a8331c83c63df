"""Runs of the command line in scratch copies, two at a time, each only once."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tests.proof import scratch
from tests.proof.mistakes import Mistake, stack_argument
from tests.proof.scratch import Run

AT_ONCE: Final = 2


class Pool:
    """Starts what is asked for first; a test waits for its own run only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._threads = ThreadPoolExecutor(AT_ONCE)
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

    def _preview(self, mistake: Mistake) -> Run:
        copy = scratch.copy(self._folder / f"preview-{mistake.name}", mistake.edits)
        return copy.preview(stack_argument(mistake.stack))

    def _rehearse(self, mistake: Mistake) -> Run:
        group = mistake.members()
        assert {m.stack for m in group} == {mistake.stack}, f"{mistake.group} is of several stacks"
        edits = [edit for m in group for edit in m.edits]
        copy = scratch.copy(self._folder / f"rehearse-{mistake.group}", edits)
        return copy.rehearse(stack_argument(mistake.stack))
