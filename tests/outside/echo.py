"""A server over TLS on 127.0.0.1 that quotes what it was sent, and the ways to quote it."""

from __future__ import annotations

import base64
import html
import json
import shlex
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import quote, quote_plus

from tests.tls import tls_server
from workload_secrets.sandbox.certificates import Authority

QUOTINGS: Mapping[str, Callable[[str], str]] = {
    "raw": lambda text: text,
    "JSON": json.dumps,
    "JSON as it is": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON with slashes": lambda text: json.dumps(text).replace("/", "\\/"),
    "JSON upper": lambda text: "".join(c if c.isascii() else f"\\u{ord(c):04X}" for c in json.dumps(text)),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "URL": lambda text: quote(text, safe=""),
    "URL lower": lambda text: quote(text, safe="").replace("%C3", "%c3").replace("%2F", "%2f"),
    "URL path": quote,
    "URL form": quote_plus,
    "URL in URL": lambda text: quote(quote(text, safe=""), safe=""),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 after 1": lambda text: base64.b64encode(b"u" + text.encode() + b":m").decode(),
    "base64 after 2": lambda text: base64.b64encode(b"us" + text.encode() + b":m").decode(),
    "base64 of JSON": lambda text: base64.b64encode(json.dumps({"v": text}).encode()).decode(),
    "base64 in lines": lambda text: "\n".join(_lines(base64.b64encode(text.encode()).decode(), 12)),
    "shell": shlex.quote,
    "shell '\\''": lambda text: "'" + text.replace("'", "'\\''") + "'",
    "shell escaped": lambda text: "".join(c if c.isalnum() else f"\\{c}" for c in text),
    "repr": repr,
    "repr of bytes": lambda text: repr(text.encode()),
    "octal": lambda text: "".join(chr(b) if 32 < b < 127 else f"\\{b:03o}" for b in text.encode()),
    "bytes of Go": lambda text: "[" + " ".join(map(str, text.encode())) + "]",
    "HTML": html.escape,
    "HTML numbers": lambda text: "".join(c if c.isalnum() and c.isascii() else f"&#{ord(c)};" for c in text),
    "hex": lambda text: text.encode().hex(),
    "misread": lambda text: text.encode().decode("latin-1"),
    "cut": lambda text: text[: max(8, len(text) // 2)],
    "the end": lambda text: text[-max(8, len(text) // 2) :],
    "in lines": lambda text: "\n".join(_lines(text, 10)),
    "blanks collapsed": lambda text: " ".join(text.split()),
    "no blanks": lambda text: "".join(text.split()),
    "upper": str.upper,
}
"""How a server may quote a text."""


def _lines(text: str, width: int) -> list[str]:
    return [text[start : start + width] for start in range(0, len(text), width)]


@dataclass(frozen=True, kw_only=True)
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    body: str

    @property
    def everything(self) -> str:
        return "\n".join([*(f"{name}: {value}" for name, value in self.headers.items()), self.body])


@dataclass(frozen=True, kw_only=True)
class Said:
    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass
class Echo:
    """Where it is. `answer` may be changed at any time."""

    address: str
    ca_file: Path
    answer: Callable[[Asked], Said]


@contextmanager
def echo_server(folder: Path) -> Generator[Echo]:
    authority = Authority(folder, "echo")
    pair = authority.server("echo")
    echo = Echo("", authority.file, lambda _: Said(status=500, body=""))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            said = echo.answer(
                Asked(method=self.command, path=self.path, headers=dict(self.headers), body=body)
            )
            data = said.body.encode()
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_LIST = _answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    with tls_server(pair, Handler) as port:
        echo.address = f"https://127.0.0.1:{port}"
        yield echo
