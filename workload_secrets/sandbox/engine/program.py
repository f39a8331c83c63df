"""The process that a Pulumi program runs in, as our language host starts it.

The request comes on stdin, its length first; so the configuration stands in no environment
that child processes would inherit. What the program raises is shown as Pulumi's own host does.
"""

# pyright: reportUnknownMemberType=false
from __future__ import annotations

import asyncio
import logging
import os
import runpy
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pulumi
from pulumi.runtime import config, settings
from pulumi.runtime.proto import language_pb2

from workload_secrets.graph.process import end_with_parent
from workload_secrets.sandbox.engine.language import REPORTED

_LENGTH_BYTES: Final = 8
_LANES_PER_RESOURCE: Final = 4
"""As many threads for each resource in the making as Pulumi's own host has."""


def main() -> int:
    """Runs one program. The exit code: 0, or REPORTED where the engine was told the reason."""
    stdin = sys.stdin.buffer
    request = language_pb2.RunRequest()
    request.ParseFromString(stdin.read(int.from_bytes(stdin.read(_LENGTH_BYTES))))
    threading.Thread(target=end_with_parent, daemon=True).start()
    _configure(request, sys.argv[1])
    program = str(Path(request.info.program_directory, request.info.entry_point))
    sys.argv = [program, *request.args]
    try:
        _run(program, request.parallel)
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
    except Exception as error:
        pulumi.log.error(f"Program failed with an unhandled exception:\n{_of_program(error, program)}")
    else:
        return 0
    return REPORTED


def _configure(request: Any, engine: str) -> None:
    config.set_all_config(dict(request.config), list(request.configSecretKeys))
    settings.configure(
        settings.Settings(
            project=request.project,
            stack=request.stack,
            parallel=request.parallel,
            monitor=request.monitor_address,
            engine=engine,
            dry_run=request.dryRun,
            organization=request.organization or "organization",
            root_directory=request.info.root_directory,
        )
    )


def _run(program: str, parallel: int) -> None:
    # A program that fails leaves futures that nobody looks at; asyncio would report each.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    lanes = ThreadPoolExecutor(max(parallel, 1) * _LANES_PER_RESOURCE)
    loop.set_default_executor(lanes)

    def start() -> None:
        runpy.run_path(program, run_name="__main__")

    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(start))
    finally:
        lanes.shutdown()
        loop.close()


def _of_program(error: BaseException, program: str) -> str:
    """The traceback without the frames above the program's own."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [i for i, frame in enumerate(frames) if Path(frame.filename).is_relative_to(program)]
    lines = traceback.TracebackException.from_exception(error, limit=-(len(frames) - own[0]) if own else None)
    return "".join(lines.format())


if __name__ == "__main__":
    code = main()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)
