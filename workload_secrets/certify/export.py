"""The state of a stack, from the user's own CLI and backend, through a pipe: never into a file."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final

from workload_secrets.errors import InputError, ServerError
from workload_secrets.graph.state import MAX_BYTES
from workload_secrets.outside import OutsideText

_CHUNK: Final = 4096
_KEPT_BYTES: Final = 64_000
_SECONDS: Final = 600.0
_STOP_SECONDS: Final = 5.0


def exported(
    stack: str, project: Path, environment: Mapping[str, str] = os.environ, *, program: str = "pulumi"
) -> bytes:
    """What `pulumi stack export --show-secrets` writes. `program` is another CLI than that on PATH.

    Raises ServerError where the CLI isn't there, fails or takes longer than ten minutes, InputError
    for more than graph.state.MAX_BYTES.
    """
    command = [program, "stack", "export", "--show-secrets", "--stack", stack, "--non-interactive"]
    try:
        child = subprocess.Popen(
            command,
            cwd=project,
            env={**environment, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except FileNotFoundError:
        raise ServerError(
            "pulumi: not on PATH; install Pulumi's CLI, or give --state FILE, the output of "
            "`pulumi stack export --show-secrets`"
        ) from None
    content, said = _read(child)
    if len(content) > MAX_BYTES:
        raise InputError(f"stack {stack}: its state is larger than {MAX_BYTES} bytes. Split the stack.")
    if child.returncode:
        raise ServerError(f"`{' '.join(command)}` ended with {child.returncode}: {OutsideText(said)}")
    return content


def _read(child: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """At most MAX_BYTES + 1 bytes of what it writes, and the beginning of what it says of errors.
    The child has ended then."""
    said: list[bytes] = []
    late = threading.Timer(_SECONDS, child.kill)
    listener = threading.Thread(target=_listen, args=(child.stderr, said), daemon=True)
    late.start()
    listener.start()
    try:
        content = child.stdout.read(MAX_BYTES + 1) if child.stdout else b""
        if len(content) <= MAX_BYTES:
            child.wait()
            listener.join(_STOP_SECONDS)
        return content, b"".join(said)
    finally:
        late.cancel()
        child.kill()
        child.wait()
        for stream in (child.stdout, child.stderr):
            if stream:
                stream.close()


def _listen(stream: IO[bytes], said: list[bytes]) -> None:
    """Reads all, so that the child never waits for it."""
    kept = 0
    while chunk := stream.read(_CHUNK):
        said.append(chunk[: _KEPT_BYTES - kept])
        kept = min(_KEPT_BYTES, kept + len(chunk))
