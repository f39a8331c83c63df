"""Ways in which a value may be written, as a leak would have it."""

from __future__ import annotations

import base64
import gzip
import html
import json
import zlib
from collections.abc import Callable
from urllib.parse import quote, quote_plus

Form = Callable[[str], str]


def in_base64(data: bytes, lead: int = 0) -> str:
    """With `lead` bytes of another text before it, and some after it."""
    return base64.b64encode(b"abc"[:lead] + data + b"-tail"[: lead * 2]).decode()


def in_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def escaped(text: str) -> str:
    return json.dumps(text)[1:-1]


def zipped(text: str) -> bytes:
    return gzip.compress(text.encode())


FORMS: dict[str, Form] = {
    "raw": lambda v: v,
    "base64": lambda v: in_base64(v.encode()),
    "base64, one byte before": lambda v: in_base64(v.encode(), 1),
    "base64, two bytes before": lambda v: in_base64(v.encode(), 2),
    "base64url": lambda v: in_base64url(v.encode()),
    "base64url without padding": lambda v: in_base64url(v.encode()).rstrip("="),
    "base64 in lines": lambda v: base64.encodebytes((v * 4).encode()).decode(),
    "base64 twice": lambda v: in_base64(in_base64(v.encode()).encode()),
    "hex": lambda v: v.encode().hex(),
    "hex, upper case": lambda v: v.encode().hex().upper(),
    "hex with colons": lambda v: v.encode().hex(":"),
    "URL": lambda v: quote(v, safe=""),
    "URL, every character": lambda v: "".join(f"%{byte:02x}" for byte in v.encode()),
    "URL, as a form": quote_plus,
    "URL twice": lambda v: quote(quote(v, safe=""), safe=""),
    "JSON-escaped": escaped,
    "JSON-escaped twice": lambda v: escaped(escaped(v)),
    "JSON-escaped three times": lambda v: escaped(escaped(escaped(v))),
    "JSON, every character": lambda v: "".join(f"\\u{ord(char):04x}" for char in v),
    "JSON in a text": lambda v: json.dumps({"a": [{"b": v}]}),
    "JSON in JSON in a text": lambda v: json.dumps({"a": json.dumps([v])}),
    "JSON in base64": lambda v: in_base64(json.dumps({"a": {"b": v}}).encode()),
    "gzip in base64": lambda v: in_base64(zipped(v)),
    "gzip in base64url": lambda v: in_base64url(zipped(v)),
    "gzip in base64, behind a word": lambda v: "data=" + in_base64(zipped(v)),
    "gzip in base64, in lines": lambda v: base64.encodebytes(zipped(v)).decode(),
    "gzip in hex": lambda v: zipped(v).hex(),
    "zlib in base64": lambda v: in_base64(zlib.compress(v.encode())),
    "gzip in base64 in JSON": lambda v: json.dumps({"release": in_base64(zipped(v))}),
    "gzip in base64 twice, as Helm has it": lambda v: in_base64(
        in_base64(zipped(json.dumps({"v": v}))).encode()
    ),
    "HTML": html.escape,
    "UTF-16 in base64": lambda v: in_base64(v.encode("utf-16-le")),
    "a list of bytes": lambda v: str(list(v.encode())),
}
