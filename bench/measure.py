"""The child process of `preview.py`: one stack, one way, once. Prints one line of JSON.

    python bench/measure.py product|mocks STACK_FILE

Both ways run the same program in the same kind of process, with the same settings of the
garbage collector (`graph.child.tune`), after a small stack has loaded every SDK module.
"""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportPrivateUsage=false
from __future__ import annotations

import asyncio
import contextvars
import json
import os
import resource
import runpy
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import config as pulumi_config
from pulumi.runtime import mocks, settings
from pulumi.runtime._callbacks import _CallbackServicer
from stacks import ROOT, write_stack

from workload_secrets.access.derived import declaration_of, derived
from workload_secrets.access.proof import Proof
from workload_secrets.graph import config, wire
from workload_secrets.graph.child import tune
from workload_secrets.graph.program import ProgramRequest, run_program


class Clock:
    """Processor and wall seconds since it was made; all threads count."""

    def __init__(self) -> None:
        self._processor, self._wall = time.process_time(), time.perf_counter()

    def read(self) -> tuple[float, float]:
        return time.process_time() - self._processor, time.perf_counter() - self._wall


def product(file: config.StackFile) -> dict[str, Any]:
    """Declares by capture, graph on the wire included, then decides and compares all access."""
    clock = Clock()
    text = json.dumps(wire.encode(run_program(ProgramRequest.of(ROOT, file)).check().graph))
    graph = wire.decode(json.loads(text))
    declare = clock.read()
    clock = Clock()
    declaration = declaration_of(graph)
    proof = Proof(stack=graph.stack, declaration=declaration, derived=derived(graph))
    access = clock.read()
    if not proof.passed:
        raise SystemExit("the generated stack's access is not as declared")
    return {"resources": len(graph.resources), "declare": declare, "access": access}


class _Bare(mocks.Mocks):
    """Echoes the inputs, with the few outputs that the program uses."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        arn = f"arn:aws:any:eu-central-1:111122223333:{args.name}"
        extra = {"arn": arn, "keyId": args.name, "accessor": args.name}
        return f"{args.name}-id", {**args.inputs, **extra}

    def call(self, args: mocks.MockCallArgs) -> dict[Any, Any]:  # pyright: ignore[reportIncompatibleMethodOverride]
        raise AssertionError(f"{args.token}: the program looks nothing up")


class _Callbacks(_CallbackServicer):
    """The SDK's registry of hooks without its server."""

    def __init__(self, monitor: mocks.MockMonitor) -> None:  # pyright: ignore[reportMissingSuperCall]
        self._callbacks, self._transforms, self._state_migrations = {}, {}, {}
        self._monitor, self._target = monitor, "in-process"  # pyright: ignore[reportAttributeAccessIssue]


def bare(file: config.StackFile) -> dict[str, Any]:
    """The same program under the SDK's own mock monitor."""
    for name in [n for n in sys.modules if n.partition(".")[0] == "components"]:
        del sys.modules[name]  # `run_program` loads the project's modules anew as well
    monitor = mocks.MockMonitor(_Bare())
    clock = Clock()
    contextvars.copy_context().run(lambda: _run(file, monitor))
    declare = clock.read()
    return {"resources": len(monitor.resources), "declare": declare, "access": (0.0, 0.0)}


def _run(file: config.StackFile, monitor: mocks.MockMonitor) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    pulumi_config.set_all_config(dict(file.config), [])
    settings.ROOT.set(None)
    settings.configure(
        mocks.MockSettings(
            monitor=monitor,
            monitor_features=set[int](),
            engine=mocks.MockEngine(None),
            project=file.project,
            stack=file.stack,
            dry_run=False,
            organization="organization",
            root_directory=str(ROOT),
            callbacks=_Callbacks(monitor),
            parallel=None,
            outputs=set[Any](),
            package_refs=dict[str, Any](),
            base_providers_by_ref=dict[str, Any](),
            legacy_apply_enabled=False,
        )
    )
    loop.run_until_complete(pulumi.runtime.run_in_stack(_program))
    loop.close()


def _program() -> None:
    runpy.run_path(str(ROOT), run_name="__main__")


WAYS: dict[str, Callable[[config.StackFile], dict[str, Any]]] = {"product": product, "mocks": bare}


def main() -> None:
    """Warms up, measures, prints."""
    way, stack = WAYS[sys.argv[1]], sys.argv[2]
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as folder:
        way(config.load(ROOT, str(write_stack(Path(folder), 1))))
    tune()
    found = way(config.load(ROOT, stack))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({**found, "peakMegabytes": peak}) + "\n")


if __name__ == "__main__":
    main()
