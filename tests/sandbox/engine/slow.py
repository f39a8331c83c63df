"""A way to a server that answers late: what was asked for is done long before anyone hears of it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


@contextmanager
def slow(address: str, *, seconds: float) -> Generator[str]:
    """Hands bytes on as they are, and each answer so much later. Gives the address of the way."""
    parts = urlsplit(address)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(
            target=_accept, args=(server, (parts.hostname, parts.port), seconds), daemon=True
        ).start()
        try:
            yield f"{parts.scheme}://127.0.0.1:{server.getsockname()[1]}"
        finally:
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)


def _accept(server: socket.socket, to: tuple[str, int], seconds: float) -> None:
    while True:
        try:
            one, _ = server.accept()
        except OSError:
            return
        other = socket.create_connection(to)
        threading.Thread(target=_pass, args=(one, other, 0.0), daemon=True).start()
        threading.Thread(target=_pass, args=(other, one, seconds), daemon=True).start()


def _pass(source: socket.socket, to: socket.socket, seconds: float) -> None:
    with source, suppress(OSError):
        while data := source.recv(65536):
            time.sleep(seconds)
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)
