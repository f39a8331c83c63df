"""The pack's real server, started as Pulumi's language host for Python starts it.

`python -u -m pulumi.policy ENGINE FOLDER`, in the pack's folder, with the stack in the
environment (pulumi, sdk/python/cmd/pulumi-language-python/main.go, RunPlugin).
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc
from pulumi.runtime.proto import analyzer_pb2_grpc

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "policies"
NO_ENGINE = "127.0.0.1:1"
LONGEST = 30
LARGEST = 64 * 1024 * 1024


class PackError(Exception):
    """The pack ended instead of serving. The message is what it wrote to its error output."""


@dataclass(frozen=True, kw_only=True)
class Start:
    """How the pack is started. `dry_run`: at preview. `config` is the stack's configuration;
    None leaves it out. `isolated`: nothing but the installed libraries is importable, or those
    in the folder `libraries`."""

    dry_run: bool
    folder: Path = FOLDER
    cwd: Path | None = None
    project: str = "workload-secrets"
    stack: str = "dev"
    config: Mapping[str, str] | None = field(default_factory=dict[str, str])
    isolated: bool = False
    libraries: Path = Path(grpc.__file__).parent.parent

    def command(self) -> Sequence[str]:
        bare = ("-S",) if self.isolated else ()  # no .pth file is read, so no editable install
        return (sys.executable, *bare, "-u", "-m", "pulumi.policy", NO_ENGINE, str(self.folder))

    def environment(self) -> Mapping[str, str]:
        given = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PULUMI"))}
        given |= {"PULUMI_PROJECT": self.project, "PULUMI_STACK": self.stack}
        given |= {"PULUMI_DRY_RUN": "true" if self.dry_run else "false"}
        if self.config is not None:
            given["PULUMI_CONFIG"] = json.dumps(self.config)
        if self.isolated:
            given["PYTHONPATH"] = str(self.libraries)
        return given


@dataclass(frozen=True, kw_only=True)
class Server:
    """A pack that serves. `seconds` is how long it took to start."""

    stub: analyzer_pb2_grpc.AnalyzerStub
    pid: int
    seconds: float


@contextmanager
def serving(start: Start) -> Generator[Server]:
    """The pack's server, ended at the end. Raises PackError."""
    with tempfile.TemporaryFile() as errors:
        begun = time.perf_counter()
        process = subprocess.Popen(
            start.command(),
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=start.cwd or start.folder,
            env=start.environment(),
        )
        try:
            port = _port(process)
            if port is None:
                process.wait(LONGEST)
                errors.seek(0)
                raise PackError(errors.read().decode())
            with grpc.insecure_channel(f"127.0.0.1:{port}", options=_options()) as channel:
                grpc.channel_ready_future(channel).result(LONGEST)
                seconds = time.perf_counter() - begun
                stub = analyzer_pb2_grpc.AnalyzerStub(channel)
                yield Server(stub=stub, pid=process.pid, seconds=seconds)
        finally:
            process.kill()
            process.communicate()


def _port(process: subprocess.Popen[bytes]) -> int | None:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], LONGEST)
    line = process.stdout.readline() if ready else b""
    return int(line) if line.strip() else None


def _options() -> Sequence[tuple[str, int]]:
    return [("grpc.max_receive_message_length", LARGEST), ("grpc.max_send_message_length", LARGEST)]
