"""A child process that gets one request and gives one result.

The request is one line of JSON on the child's stdin, which stays open: when it ends, the
parent is gone and the child ends itself. The result comes on a pipe of its own, so that
nothing the program prints can disturb it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from workload_secrets.errors import InputError, PolicyError, ServerError, WorkloadSecretsError
from workload_secrets.graph.errors import ProgramError, RuleError
from workload_secrets.outside import SECRETS, OutsideText

# Nothing of the caller's accounts, clusters and Pulumi settings passes.
_KEEP: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")
_ERRORS: Final[Mapping[str, type[WorkloadSecretsError]]] = {
    "input": InputError,
    "rule": RuleError,  # before those that it is one of
    "policy": PolicyError,
    "server": ServerError,
    "program": ProgramError,
}
STOP_SECONDS: Final = 20
"""How long a child that was interrupted may take to end, in seconds."""
_PACKAGE_ROOT: Final = Path(__file__).resolve().parents[2]


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The caller's environment without AWS_*, VAULT_*, KUBECONFIG, PULUMI_* and the like."""
    kept = {name: os.environ[name] for name in _KEEP if name in os.environ}
    fixed = {
        "PYTHONPATH": str(_PACKAGE_ROOT),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        # An Output in an f-string raises instead of giving a long text.
        "PULUMI_ERROR_OUTPUT_STRING": "true",
    }
    return {**kept, **fixed, **(extra or {})}


def call(
    module: str,
    request: Mapping[str, Any],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
) -> Any:
    """Runs `python -m MODULE` and gives its result. Raises the child's error.

    `env` is added to the clean environment.
    """
    read, write = os.pipe()
    command = [sys.executable, "-P", "-m", module, str(write)]
    try:
        child = subprocess.Popen(
            command,
            cwd=cwd,
            env=clean_environment(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(write,),
        )
    finally:
        os.close(write)
    try:
        return _talk(child, read, request)
    except KeyboardInterrupt:
        _let_stop(child)
        raise
    finally:
        child.kill()
        child.wait()
        for stream in (child.stdin, child.stderr):
            if stream is not None:
                stream.close()


def _let_stop(child: subprocess.Popen[bytes]) -> None:
    """After Ctrl-C the child finishes what is under way, then ends."""
    child.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
        child.wait(STOP_SECONDS)


def _talk(
    child: subprocess.Popen[bytes],
    read: int,
    request: Mapping[str, Any],
) -> Any:
    noise: list[bytes] = []
    drain = threading.Thread(target=_drain, args=(child.stderr, noise), daemon=True)
    drain.start()
    with os.fdopen(read, encoding="utf-8") as answers:
        _send(child, request)
        for line in answers:
            message = json.loads(line)
            if "error" in message:
                raise _ERRORS.get(message["kind"], ProgramError)(message["error"])
            return message["result"]
    code = child.wait()
    drain.join(1)
    last = OutsideText.last_line(b"".join(noise))
    raise ProgramError(f"the child process ended with {code} and no result. {last}".strip())


def _send(child: subprocess.Popen[bytes], request: Mapping[str, Any]) -> None:
    if child.stdin is None:
        raise ProgramError("the child process has no stdin")
    try:
        child.stdin.write(json.dumps(request).encode() + b"\n")
        child.stdin.flush()
    except BrokenPipeError:
        return  # it died at once; the missing result says so


def _drain(stream: Any, noise: list[bytes]) -> None:
    """Reads what the child prints, so that it never blocks; keeps the last lines."""
    for line in stream:
        noise.append(line)
        del noise[:-20]


class Reply:
    """The child's side: reads the request, watches for the parent's end, answers."""

    def __init__(self, arguments: list[str]) -> None:
        self._out = os.fdopen(int(arguments[1]), "w", encoding="utf-8")
        self._lock = threading.Lock()

    def request(self) -> dict[str, Any]:
        """The parent's request. From here on the child ends with its parent."""
        request = cast(dict[str, Any], json.loads(sys.stdin.buffer.readline()))
        SECRETS.learn_environment(os.environ)
        threading.Thread(target=end_with_parent, daemon=True).start()
        return request

    def result(self, value: Any) -> None:
        """Gives the result."""
        self._write({"result": value})

    def error(self, error: BaseException) -> None:
        """Gives the error. One that isn't ours shows its type alone."""
        kinds = (kind for kind, cls in _ERRORS.items() if isinstance(error, cls))
        text = str(error) if isinstance(error, WorkloadSecretsError) else type(error).__name__
        self._write({"kind": next(kinds, "program"), "error": text})

    def _write(self, message: Mapping[str, Any]) -> None:
        with self._lock:
            self._out.write(json.dumps(message, sort_keys=True) + "\n")
            self._out.flush()


def end_with_parent() -> None:
    """Ends this process when its stdin ends, which is when the process that started it is gone."""
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    os._exit(1)
