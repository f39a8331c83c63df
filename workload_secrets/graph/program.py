"""Runs a stack's real `__main__.py` in this process, under our monitor.

Meant for a child process: the program's modules stay in `sys.modules`.
"""

# pyright: reportUnknownMemberType=false
from __future__ import annotations

import asyncio
import contextvars
import dataclasses
import os
import runpy
import signal
import sys
import threading
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pulumi
from pulumi.runtime import config, mocks, settings

from workload_secrets.errors import ServerError
from workload_secrets.graph import symbols
from workload_secrets.graph.config import StackFile
from workload_secrets.graph.errors import RealizeError
from workload_secrets.graph.failures import translate
from workload_secrets.graph.hooks import Callbacks, Hooks
from workload_secrets.graph.model import Graph, Mode
from workload_secrets.graph.monitor import Monitor
from workload_secrets.graph.realized import Created, Failure, Invokes, Realize, Same, Updated

__all__ = [
    "Created",
    "Failure",
    "Invokes",
    "Outcome",
    "ProgramRequest",
    "Realize",
    "RealizeError",
    "Same",
    "Updated",
    "run_program",
]

LANES: Final = 4
"""Resources made at the same time; four are right on two cores (measured)."""


@dataclass(frozen=True, kw_only=True)
class ProgramRequest:
    """What to run. `config` is as the engine would pass it: text, objects as JSON text."""

    root: Path
    project: str
    stack: str
    config: Mapping[str, str]
    mode: Mode = "update"

    @classmethod
    def of(cls, root: Path, file: StackFile, mode: Mode = "update") -> ProgramRequest:
        """The request of a stack file as `graph.config.load` read it."""
        return cls(root=root, project=file.project, stack=file.stack, config=file.config, mode=mode)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a run. `failure` is the first resource that failed."""

    graph: Graph
    created: int = 0
    updated: int = 0
    same: int = 0
    failure: Failure | None = None
    stopped: bool = False

    def check(self) -> Outcome:
        """Raises ServerError for the first failure, KeyboardInterrupt where it was stopped."""
        if self.failure is not None:
            raise ServerError(str(self.failure))
        if self.stopped:
            raise KeyboardInterrupt
        return self


def run_program(
    request: ProgramRequest,
    realize: Realize | None = None,
    *,
    invokes: Invokes | None = None,
    lanes: int = LANES,
) -> Outcome:
    """Runs the program; `realize` gives each custom resource its outputs.

    Without `realize` the outputs are symbols, at preview they are unknown. Raises
    InputError for what the program says of its configuration, ProgramError for its other
    errors and for what the monitor refuses. A resource that fails is in the outcome.
    """
    if realize is None:
        realize = symbols.unknown if request.mode == "preview" else symbols.realize
    request = dataclasses.replace(request, root=request.root.resolve())
    _forget_modules(request.root)
    runner = _Runner(request, realize, invokes, lanes)
    return contextvars.copy_context().run(runner.run)


class _Runner:
    def __init__(
        self, request: ProgramRequest, realize: Realize, invokes: Invokes | None, lanes: int
    ) -> None:
        self._request = request
        self._loop = asyncio.new_event_loop()
        self._hooks = Hooks(self._loop)
        self._lanes = lanes
        self._interrupted = False
        self._monitor = Monitor(
            project=request.project,
            stack=request.stack,
            root=request.root,
            mode=request.mode,
            realize=realize,
            hooks=self._hooks,
            invokes=invokes,
        )
        self._hooks.callbacks = Callbacks(self._monitor)

    def run(self) -> Outcome:
        with self._interrupts(), _project_path(self._request.root):
            self._loop.set_default_executor(ThreadPoolExecutor(self._lanes))
            self._loop.set_exception_handler(lambda _loop, _context: None)
            asyncio.set_event_loop(self._loop)
            try:
                self._configure()
                self._loop.run_until_complete(pulumi.runtime.run_in_stack(self._program))
            except (Exception, SystemExit) as error:
                self._explain(error)
            finally:
                self._finish()
                asyncio.set_event_loop(None)
                self._loop.close()
        if self._monitor.refusal is not None:
            raise self._monitor.refusal
        return self._outcome()

    def _explain(self, error: BaseException) -> None:
        """The first failure counts; what the program raises after it is its consequence."""
        if self._monitor.refusal is not None:
            raise self._monitor.refusal from None
        if self._monitor.failure is None and not self._interrupted:
            raise translate(error, self._request.root) from error

    def _outcome(self) -> Outcome:
        counts = self._monitor.counts
        return Outcome(
            graph=self._monitor.graph(),
            created=counts["created"],
            updated=counts["updated"],
            same=counts["same"],
            failure=self._monitor.failure,
            stopped=self._interrupted,
        )

    def _program(self) -> None:
        runpy.run_path(str(self._request.root), run_name="__main__")

    def _configure(self) -> None:
        request = self._request
        config.set_all_config(dict(request.config), [])
        # No root stack yet: run_in_stack makes it, so that exports reach us.
        settings.ROOT.set(None)
        settings.configure(
            mocks.MockSettings(
                monitor=self._monitor,
                monitor_features=set[int](),
                engine=mocks.MockEngine(None),
                project=request.project,
                stack=request.stack,
                dry_run=request.mode == "preview",
                organization="organization",
                root_directory=str(request.root),
                callbacks=self._hooks.callbacks,
                parallel=None,
                outputs=set[Any](),
                lock=threading.Lock(),
                package_refs=dict[str, Any](),
                base_providers_by_ref=dict[str, Any](),
                legacy_apply_enabled=False,
            )
        )

    def _finish(self) -> None:
        """Lets what is under way end. The loop must run meanwhile: hooks run on it."""
        self._monitor.stop = True
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))

    @contextmanager
    def _interrupts(self) -> Generator[None]:
        """Ctrl-C only marks the stop: what is under way ends, nothing new begins."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(_signal: int, _frame: object) -> None:
            self._interrupted = True
            self._monitor.stop = True

        before = signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


@contextmanager
def _project_path(root: Path) -> Generator[None]:
    """The project's folder first on sys.path and as working directory, as the engine has it."""
    folder, path = Path.cwd(), list(sys.path)
    os.chdir(root)
    sys.path.insert(0, str(root))
    try:
        yield
    finally:
        sys.path[:] = path
        os.chdir(folder)


def _forget_modules(root: Path) -> None:
    """Drops the project's own modules of an earlier run, but never this package."""
    own = __name__.partition(".")[0]
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not file or name.partition(".")[0] in (own, "__main__", "__mp_main__"):
            continue
        path = Path(file)
        if path.is_relative_to(root) and "site-packages" not in path.parts:
            del sys.modules[name]
