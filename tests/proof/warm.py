"""Previews from one process that has the libraries loaded, each in a fork of its own.

Loading them takes ten times as long as a preview. Everything but the start of processes is the
command's own code: its child process is a fork too, and runs the same module.

One request a line on standard input, `{"arguments": [...]}`; one answer a line on standard output.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from workload_secrets.cli import main
from workload_secrets.graph import process

# What the programs load, but for their own modules, which each fork loads from the copy.
LOADED = (
    "pulumi_aws",
    "pulumi_kubernetes.apiextensions",
    "pulumi_kubernetes.apps.v1",
    "pulumi_kubernetes.batch.v1",
    "pulumi_kubernetes.core.v1",
    "pulumi_kubernetes.helm.v3",
    "pulumi_kubernetes.meta.v1",
    "pulumi_kubernetes.rbac.v1",
    "pulumi_vault",
    "workload_secrets.graph.child",
)


class Forked:
    """`python -m MODULE` as a fork of this process; of `subprocess.Popen` what `process` uses."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        pass_fds: Sequence[int],
        **_: object,
    ) -> None:
        requests, self._requests = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._requests)
            with _ending():
                _become(command[command.index("-m") + 1 :], cwd=cwd, env=env, requests=requests)
        os.close(requests)
        self.stdin = os.fdopen(self._requests, "wb")
        self.stderr = io.BytesIO()

    def wait(self, _seconds: float | None = None) -> int:
        with contextlib.suppress(ChildProcessError):
            return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return 0

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, 9)

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


def _become(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], requests: int) -> None:
    module, *arguments = command
    os.dup2(requests, 0)
    sys.stdin = os.fdopen(0, encoding="utf-8")
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


@contextlib.contextmanager
def _ending() -> Generator[None]:
    """A fork never returns into what its parent was doing."""
    code = 1
    try:
        yield
        code = 0
    finally:
        os._exit(code)


def _preview(arguments: Sequence[str]) -> Mapping[str, Any]:
    process.subprocess = SimpleNamespace(  # pyright: ignore[reportAttributeAccessIssue]
        Popen=Forked,
        PIPE=subprocess.PIPE,
        DEVNULL=subprocess.DEVNULL,
        TimeoutExpired=subprocess.TimeoutExpired,
    )
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main.run(arguments)
    return {"code": int(code), "out": out.getvalue(), "err": err.getvalue()}


def _answer(arguments: Sequence[str]) -> str:
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        with _ending():
            answer = json.dumps(_preview(arguments))
            with os.fdopen(write, "w", encoding="utf-8") as stream:
                stream.write(answer)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as stream:
        text = stream.read()
    os.waitpid(pid, 0)
    return text or json.dumps({"code": 1, "out": "", "err": "the fork gave no answer"})


def serve() -> None:
    """Answers until standard input ends."""
    for module in LOADED:
        importlib.import_module(module)
    gc.freeze()
    for line in sys.stdin:
        sys.stdout.write(_answer(json.loads(line)["arguments"]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
