"""Owns a sandbox's servers: starts them, and ends them all when the sandbox ends.

Runs as `python -m workload_secrets.sandbox.supervisor FOLDER MODE PID IDENTITY` (of the owner).
Commands come as JSON lines on stdin, each answered by a JSON line on stdout:

    {"start": {"name", "argv", "env", "cwd", "log", "stop"}}  ->  {"pid", "started"} or {"error"}
    {"ready": true}                                   ->  {"ready": true}

When stdin ends before `ready`, start-up was broken off: everything ends. After `ready` a
supervisor of mode `process` ends with its owner, one of mode `detached` on SIGTERM. Both end when
their folder is gone, however it was removed.
Ending kills every part at once (what they store is thrown away) and removes the folder. A part
with a signal `stop` gets that first, and a little time.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from workload_secrets.files import open_to_append, remove_folder
from workload_secrets.sandbox.process import Process, die_with_parent
from workload_secrets.sandbox.state import MARKERS

_GONE_SECONDS: Final = 5.0
_AGAIN_SECONDS: Final = 0.2
_POLL_SECONDS: Final = 0.2
_STOP_SECONDS: Final = 3.0


class _End(Exception):  # noqa: N818 - it is no error
    """Raised to leave the loop."""


class Supervisor:
    """One sandbox's parts. `owner` is whose death ends them, or None when detached."""

    def __init__(self, folder: Path, owner: Process | None) -> None:
        self._folder = folder
        self._owner = owner
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._stops: dict[str, int] = {}
        self._ready = False

    def run(self) -> None:
        """Serves until the sandbox ends, then ends every part."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, _raise_end)
        with contextlib.suppress(_End):
            self._serve()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        self._end()

    def _serve(self) -> None:
        watched: list[int] = [0]
        owner_fd = _pid_descriptor(self._owner)
        if owner_fd is not None:
            watched.append(owner_fd)
        pending = b""
        while True:
            readable, _, _ = select.select(watched, [], [], _POLL_SECONDS if owner_fd is None else 5.0)
            self._reap()
            if self._owner is not None and not self._owner.alive:
                raise _End
            if not self._folder.exists():
                raise _End
            if 0 not in readable:
                continue
            chunk = os.read(0, 65536)
            if not chunk:
                if not self._ready:
                    raise _End
                watched.remove(0)
                continue
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                self._answer(json.loads(line))

    def _answer(self, command: Mapping[str, Any]) -> None:
        if "start" in command:
            answer = self._start(command["start"])
        else:
            self._ready = True
            answer = {"ready": True}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()

    def _start(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        started = time.time()
        with open_to_append(Path(part["log"])) as log:
            try:
                child = subprocess.Popen(
                    part["argv"],
                    env=part["env"],
                    cwd=part["cwd"],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=die_with_parent,
                )
            except OSError as error:
                return {"error": f"{part['argv'][0]}: {error.strerror}"}
        self._children[part["name"]] = child
        if part.get("stop"):
            self._stops[part["name"]] = part["stop"]
        return {"pid": child.pid, "started": started}

    def _reap(self) -> None:
        for child in self._children.values():
            child.poll()

    def _stop(self) -> None:
        asked = [(self._children[name], number) for name, number in self._stops.items()]
        for child, number in asked:
            child.send_signal(number)  # nothing happens where it has ended
        end = time.monotonic() + _STOP_SECONDS
        for child, _ in asked:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(0.0, end - time.monotonic()))

    def _end(self) -> None:
        self._stop()
        for child in self._children.values():
            if child.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
        for child in self._children.values():
            child.wait()
        _remove(self._folder)


def _remove(folder: Path) -> None:
    """An engine that was killed with its owner may still be writing there: then it is tried again.
    Raises OSError where that doesn't help."""
    end = time.monotonic() + _GONE_SECONDS
    while True:
        try:
            return remove_folder(folder, MARKERS)
        except OSError:
            if time.monotonic() > end:
                raise
        time.sleep(_AGAIN_SECONDS)


def _raise_end(_number: int, _frame: object) -> None:
    raise _End


def _pid_descriptor(owner: Process | None) -> int | None:
    """A descriptor that becomes readable when the owner dies, where the system has such."""
    if owner is None or not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(owner.pid)
    except OSError:
        return None


def main(arguments: list[str]) -> None:
    """Entry point of the supervisor's process."""
    folder, mode = Path(arguments[0]), arguments[1]
    owner = Process(pid=int(arguments[2]), identity=arguments[3])
    if not owner.alive:
        return
    os.umask(0o077)
    Supervisor(folder, owner if mode == "process" else None).run()


if __name__ == "__main__":
    main(sys.argv[1:])
