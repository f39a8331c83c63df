"""What the deployer has no right to make, asked of the process that started the deploy.

A private socket: one line of JSON asks, one line answers `{}` or `{"error": text}`.
"""

from __future__ import annotations

import json
import socket
import tempfile
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from workload_secrets.errors import WorkloadSecretsError
from workload_secrets.sandbox.deploy.call import Ask
from workload_secrets.sandbox.deploy.outcome import HandlerError

Make = Callable[[Mapping[str, Any]], None]


def asking(path: str) -> Ask:
    """The child's side."""
    lock = threading.Lock()
    done: set[str] = set()

    def ask(need: Mapping[str, Any]) -> None:
        line = json.dumps(need, sort_keys=True)
        with lock:
            if line in done:
                return
            answer = _exchange(path, line)
            if "error" in answer:
                raise HandlerError(answer["error"])
            done.add(line)

    return Ask(ask)


def _exchange(path: str, line: str) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        with connection.makefile("rw") as stream:
            stream.write(line + "\n")
            stream.flush()
            return json.loads(stream.readline() or '{"error": "the deploy\'s parent gave no answer"}')


@contextmanager
def answering(make: Make) -> Generator[str]:
    """The parent's side: answers until the block ends. Gives the socket's path."""
    with (
        tempfile.TemporaryDirectory(prefix="ws-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server,
    ):
        path = str(Path(folder) / "ask")
        server.bind(path)
        server.listen()
        thread = threading.Thread(target=_serve, args=(server, make), daemon=True)
        thread.start()
        try:
            yield path
        finally:
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _serve(server: socket.socket, make: Make) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection, connection.makefile("rw") as stream, suppress(OSError, ValueError):
            stream.write(json.dumps(_answer(json.loads(stream.readline()), make)) + "\n")
            stream.flush()


def _answer(need: Mapping[str, Any], make: Make) -> dict[str, str]:
    try:
        make(need)
    except (WorkloadSecretsError, HandlerError) as error:
        return {"error": str(error)}
    except Exception as error:  # the child must not wait for ever
        return {"error": f"the sandbox failed with {type(error).__name__}"}
    return {}
