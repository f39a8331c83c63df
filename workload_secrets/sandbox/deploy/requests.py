"""What the deployer has no right to make, asked of the process that started the deploy.

A loopback port: one line of JSON asks, one line answers what was looked up or `{"error": text}`. Each line
carries a token that only the two processes know.
"""

from __future__ import annotations

import hmac
import json
import secrets
import socket
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

from workload_secrets.errors import WorkloadSecretsError
from workload_secrets.sandbox.deploy.call import Ask
from workload_secrets.sandbox.deploy.outcome import HandlerError

Make = Callable[[Mapping[str, Any]], Mapping[str, str] | None]
"""Does what is needed; answers what was looked up."""
_HOST: Final = "127.0.0.1"
_SECONDS: Final = 60.0


def asking(channel: Mapping[str, Any]) -> Ask:
    """The child's side. `channel` is what `answering` gave. The same need is asked once."""

    def exchange(need: Mapping[str, Any]) -> Mapping[str, str]:
        line = json.dumps({"token": channel["token"], "need": dict(need)}, sort_keys=True)
        return _exchange(channel["port"], line)

    return _once(exchange)


def direct(make: Make) -> Ask:
    """Both sides in one process, which may do what is asked itself. The same need is met once."""
    return _once(lambda need: _answer(need, make))


def _once(answer: Callable[[Mapping[str, Any]], Mapping[str, str]]) -> Ask:
    lock = threading.Lock()
    done: dict[str, Mapping[str, str]] = {}

    def ask(need: Mapping[str, Any]) -> Mapping[str, str]:
        key = json.dumps(dict(need), sort_keys=True)
        with lock:
            if key not in done:
                answered = answer(need)
                if "error" in answered:
                    raise HandlerError(answered["error"])
                done[key] = answered
            return done[key]

    return Ask(ask)


def _exchange(port: int, line: str) -> dict[str, Any]:
    try:
        with (
            socket.create_connection((_HOST, port), timeout=_SECONDS) as connection,
            connection.makefile("rw") as stream,
        ):
            stream.write(line + "\n")
            stream.flush()
            return json.loads(stream.readline())
    except (OSError, ValueError):
        return {"error": "the process that started the deploy gave no answer"}


@contextmanager
def answering(make: Make) -> Generator[dict[str, Any]]:
    """The parent's side: answers until the block ends. Gives port and token."""
    token = secrets.token_hex(32)
    with socket.create_server((_HOST, 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, token, make), daemon=True)
        thread.start()
        try:
            yield {"port": server.getsockname()[1], "token": token}
        finally:
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _serve(server: socket.socket, token: str, make: Make) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        connection.settimeout(_SECONDS)
        with connection, connection.makefile("rw") as stream, suppress(OSError, ValueError):
            message = json.loads(stream.readline())
            if hmac.compare_digest(str(message.get("token")), token):
                stream.write(json.dumps(_answer(message["need"], make)) + "\n")
                stream.flush()


def _answer(need: Mapping[str, Any], make: Make) -> dict[str, str]:
    try:
        return dict(make(need) or {})
    except (WorkloadSecretsError, HandlerError) as error:
        return {"error": str(error)}
    except Exception as error:  # the child must not wait for ever
        return {"error": f"the sandbox failed with {type(error).__name__}"}
