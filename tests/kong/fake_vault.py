"""A Vault over TLS on 127.0.0.1 whose answers are a function, and which notes every request."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from tests.tls import tls_server
from workload_secrets.sandbox.certificates import Authority


@dataclass(frozen=True, kw_only=True)
class Request:
    """`namespace` and `token` are None where their header wasn't sent."""

    method: str
    path: str
    body: Any
    token: str | None
    namespace: str | None


Answers = Callable[[Request], tuple[int, Any]]
"""The status, and the whole body of the answer."""


@dataclass(frozen=True, kw_only=True)
class FakeVault:
    port: int
    ca_file: Path
    requests: list[Request] = field(default_factory=list)

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of an entity that say where it is."""
        return {"protocol": "https", "host": "127.0.0.1", "port": self.port, "mount": "apps", "kv": "v2"}

    @property
    def calls(self) -> list[tuple[str, str]]:
        return [(request.method, request.path) for request in self.requests]


def _body(raw: bytes, content_type: str) -> Any:
    """JSON, or the text where it is none."""
    if "json" not in content_type:
        return raw.decode()
    return json.loads(raw) if raw else None


@contextmanager
def fake_vault(
    folder: Path, answers: Answers, headers: Mapping[str, str] | None = None
) -> Generator[FakeVault]:
    """`headers` go with every answer."""
    authority = Authority(folder, "fake")
    pair = authority.server("fake-vault")
    seen: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            request = Request(
                method=self.command,
                path=self.path.removeprefix("/v1/"),
                body=_body(raw, self.headers.get("Content-Type", "")),
                token=self.headers.get("X-Vault-Token"),
                namespace=self.headers.get("X-Vault-Namespace"),
            )
            seen.append(request)
            status, body = answers(request)
            text = json.dumps(body).encode()
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with tls_server(pair, Handler) as port:
        yield FakeVault(port=port, ca_file=authority.file, requests=seen)
