"""The starting side of the supervisor: starts parts through it and waits until they answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import workload_secrets
from workload_secrets.errors import ServerError
from workload_secrets.files import open_to_append
from workload_secrets.outside import SECRETS, OutsideText
from workload_secrets.sandbox.files import private_folder
from workload_secrets.sandbox.handle import Part
from workload_secrets.sandbox.process import Process
from workload_secrets.sandbox.state import SUPERVISOR

Owner = Literal["process", "detached"]
_PATIENCE_SECONDS: Final = 90.0
_POLL_SECONDS: Final = 0.05
# Kept from the caller's environment; all else, credentials and proxies above all, stays out.
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT")


@dataclass(frozen=True, kw_only=True)
class Command:
    """A server to run. `environment` is added to a minimal one; secrets may be in it.
    `folder` is its working directory, by default one that all parts share. `stop` is the signal
    that ends it where killing would leave something behind."""

    name: str
    version: str
    address: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    folder: Path | None = None
    stop: int | None = None


class Servers:
    """The supervisor of one sandbox, while it is being started."""

    def __init__(self, folder: Path, owner: Owner) -> None:
        self._folder = folder
        self._logs = private_folder(folder / "logs")
        self._home = private_folder(folder / "home")
        self.parts: list[Part] = []
        own = Process.of(os.getpid())
        assert own is not None  # noqa: S101 - this process runs
        with open_to_append(self._logs / "supervisor.log") as log:
            self._supervisor = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "workload_secrets.sandbox.supervisor",
                    str(folder),
                    owner,
                    str(own.pid),
                    own.identity,
                ],
                env=self._environment({"PYTHONPATH": python_path()}),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        # Sealed here: a supervisor has a home of its own, and no key.
        supervisor = Process.of(self._supervisor.pid)
        if supervisor is not None:
            supervisor.write(folder / SUPERVISOR)

    def start(self, command: Command) -> Part:
        """Starts a part. Raises ServerError where it can't be."""
        log = self._logs / f"{command.name}.log"
        SECRETS.learn_environment(command.environment)
        answer = self._ask(
            {
                "start": {
                    "name": command.name,
                    "argv": list(command.argv),
                    "env": self._environment(command.environment),
                    "cwd": str(command.folder or self._home),
                    "log": str(log),
                    "stop": command.stop,
                }
            }
        )
        if "error" in answer:
            raise ServerError(
                f"{command.name} did not start: {OutsideText(answer['error'])}\n{OutsideText.of_log(log)}"
            )
        process = Process.of(int(answer["pid"]))
        if process is not None:  # else it ended at once, which `wait` reports
            process.write(private_folder(self._folder / "pids") / f"{command.name}.json")
        part = Part(
            name=command.name,
            version=command.version,
            address=command.address,
            pid=int(answer["pid"]),
            started=float(answer["started"]),
            log=log,
        )
        self.parts.append(part)
        return part

    def wait(self, part: Part, answers: Callable[[], bool]) -> None:
        """Waits until `answers` says true. Raises ServerError where the part ends or is too slow."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while not answers():
            if Process.of(part.pid) is None:
                raise ServerError(
                    f"{part.name} ended while starting; its log ends with:\n{OutsideText.of_log(part.log)}"
                )
            if time.monotonic() > end:
                raise ServerError(
                    f"{part.name} at {part.address} did not answer within {_PATIENCE_SECONDS:.0f} s; "
                    f"its log ends with:\n{OutsideText.of_log(part.log)}"
                )
            time.sleep(_POLL_SECONDS)

    def ready(self) -> None:
        """Hands the parts over: from now on the supervisor ends them with the owner or on `down`."""
        self._ask({"ready": True})
        self._close()
        # It outlives this object on purpose: without this Python warns that it still runs.
        self._supervisor.returncode = 0

    def abort(self) -> None:
        """Ends everything that was started."""
        self._close()
        self._supervisor.wait()

    def _close(self) -> None:
        for stream in (self._supervisor.stdin, self._supervisor.stdout):
            if stream is not None and not stream.closed:
                stream.close()

    def _ask(self, command: Mapping[str, Any]) -> Mapping[str, Any]:
        assert self._supervisor.stdin is not None  # noqa: S101
        assert self._supervisor.stdout is not None  # noqa: S101
        try:
            self._supervisor.stdin.write(json.dumps(command).encode() + b"\n")
            self._supervisor.stdin.flush()
            line = self._supervisor.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            log = OutsideText.of_log(self._logs / "supervisor.log")
            raise ServerError(f"the sandbox's supervisor ended while starting:\n{log}")
        return json.loads(line)

    def _environment(self, added: Mapping[str, str]) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return {**kept, "HOME": str(self._home), "TMPDIR": str(self._home), **added}


def python_path() -> str:
    """Where a child's Python finds this package."""
    return str(Path(workload_secrets.__file__).parent.parent)
