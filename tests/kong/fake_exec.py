"""An API server's exec subresource over WebSocket, which runs the command for real.

It stands for a kubelet, which isn't there: a `kong` of the test's own is put on PATH.
"""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from workload_secrets.sandbox.certificates import Authority

_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
PODS = {("kong", "edge-0", "proxy")}


@dataclass
class FakeExec:
    """`sent` is every byte that left the container, `queries` what was asked, `tokens` by whom."""

    port: int
    authority: str
    sent: bytes = b""
    queries: list[dict[str, list[str]]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    refuse: int = 0
    status: str | None = None


@contextmanager
def fake_exec(folder: Path, kong: str | None) -> Generator[FakeExec]:
    """`kong` is the text of the shell script that is the container's kong; None has none."""
    authority = Authority(folder, "cluster")
    pair = authority.server("api")
    tools = folder / "bin"
    tools.mkdir()
    if kong is not None:
        (tools / "kong").write_text(f"#!/bin/sh\n{kong}\n")
        (tools / "kong").chmod(0o700)
    listener = socket.create_server(("127.0.0.1", 0))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    state = FakeExec(port=listener.getsockname()[1], authority=authority.file.read_text())

    def serve() -> None:
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(raw, server_side=True) as stream:
                    _one(stream, state, f"{tools}:/usr/bin:/bin")
            except OSError:
                continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _one(stream: ssl.SSLSocket, state: FakeExec, path: str) -> None:
    head = b""
    while b"\r\n\r\n" not in head:
        head += stream.recv(4096)
    first, *lines = head.decode().split("\r\n")
    headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
    url = urlsplit(first.split()[1])
    query = parse_qs(url.query)
    state.queries.append(query)
    state.tokens.append(headers.get("authorization", ""))
    parts = url.path.split("/")
    known = (parts[4], parts[6], query["container"][0]) in PODS
    if state.refuse or not known:
        status = state.refuse or 404
        stream.sendall(
            f"HTTP/1.1 {status} No\r\nLocation: https://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n".encode()
        )
        return
    digest = hashlib.sha1(f"{headers['sec-websocket-key']}{_MAGIC}".encode()).digest()
    answer = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}",
        "Sec-WebSocket-Protocol: v4.channel.k8s.io",
    ]
    stream.sendall("\r\n".join([*answer, "", ""]).encode())
    done = subprocess.run(query["command"], env={"PATH": path}, capture_output=True, check=False, timeout=10)
    status = {"status": "Success"}
    if done.returncode:
        status = {"status": "Failure", "reason": "NonZeroExitCode"}
    for channel, content in (
        (1, b""),
        (1, done.stdout),
        (3, (state.status or json.dumps(status)).encode()),
    ):
        state.sent += content
        _frame(stream, bytes([channel]) + content)
    _frame(stream, struct.pack("!H", 1000), opcode=8)


def _frame(stream: ssl.SSLSocket, payload: bytes, opcode: int = 2) -> None:
    """One unmasked frame below 64 KiB (RFC 6455, section 5.2)."""
    size = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + struct.pack("!H", len(payload))
    stream.sendall(bytes([0x80 | opcode]) + size + payload)
