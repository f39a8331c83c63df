"""What a text or bytes hold wrapped: JSON, escapes, base64, hex, compressed data."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Any, Final, cast

from workload_secrets.certify.document import parse
from workload_secrets.outside.encodings import (
    base64_bytes,
    decimal_bytes,
    entities,
    hex_bytes,
    skeleton,
    unescaped,
    unquoted,
)

Inner = tuple[str, str]
"""How it is wrapped, and what is in it."""
SEVERAL_LINES: Final = "over several lines"
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{16}")
_HEX: Final = re.compile(r"(?:(?:0x|\\x|%)?[0-9a-fA-F]{2}[ :,-]?){8}")
_DECIMALS: Final = re.compile(r"\d{1,3}(?:[\s,]+\d{1,3}){7}")
_LEAST_BYTES: Final = 8
_PRINTABLE: Final = bytes(range(0x20, 0x7F)) + b"\t\n\r\0"
_UTF_16_SHARE: Final = 16
"""Text in UTF-16 has a zero for each ASCII character; other data has one in 256 bytes."""
_READABLE: Final = 0.8
"""The share of printable characters from which on bytes count as text."""


class TooLarge(Exception):  # noqa: N818 - no fault: it is not looked at
    """What is compressed is larger than what is looked at."""


GZIP: Final = b"\x1f\x8b\x08"
"""https://www.rfc-editor.org/rfc/rfc1952"""
_ZLIB: Final = (b"x\x01", b"x\x5e", b"x\x9c", b"x\xda")
"""https://www.rfc-editor.org/rfc/rfc1950: too common to be looked for but at the beginning."""
_EITHER: Final = 32 + zlib.MAX_WBITS
"""https://docs.python.org/3/library/zlib.html#zlib.decompressobj"""
_MOST_PARTS: Final = 1000
_STEP: Final = 16_384
"""Bytes that are given at once; where they are damaged, each alone."""
_OTHERS: Final = (
    ("a zip archive", re.compile(rb"PK\x03\x04")),
    ("data compressed by zstd", re.compile(rb"\x28\xb5\x2f\xfd")),
    ("data compressed by xz", re.compile(rb"\xfd7zXZ\x00")),
    ("data compressed by bzip2", re.compile(rb"BZh[1-9]1AY&SY")),
)


def unwrapped(text: str) -> Iterator[Inner]:
    """What a text may hold, one layer deep."""
    yield from _json(text)
    if "\\" in text:
        yield from (("escaped", inner) for inner in unescaped(text))
    if "%" in text:
        yield from (("URL-escaped", inner) for inner in unquoted(text))
    if "&" in text:
        yield from (("HTML-escaped", inner) for inner in entities(text))
    if "\n" in text:
        yield SEVERAL_LINES, skeleton(text)


def decoded(text: str) -> Iterator[tuple[str, bytes]]:
    """The bytes that runs of base64, runs of hex and lists of numbers in a text stand for, and those
    of a text that is bytes itself, a character each."""
    if GZIP.decode("latin-1") in text and max(text) <= "\xff":
        yield "bytes", text.encode("latin-1")
    if _BASE64.search(text):
        for start in range(4):
            yield from (("base64", data) for data in base64_bytes(text, start) if len(data) >= _LEAST_BYTES)
    if _HEX.search(text):
        for start in range(2):
            yield from (("hex", data) for data in hex_bytes(text, start) if len(data) >= _LEAST_BYTES)
    if _DECIMALS.search(text):
        yield from (("a list of bytes", data) for data in decimal_bytes(text))


def as_texts(data: bytes) -> Iterator[str]:
    """Bytes as text to search in, as UTF-16 too where it may be that."""
    text = data.decode("utf-8", "replace")
    zeros = data.count(0)
    yield text.replace("\0", "") if zeros else text
    if zeros * _UTF_16_SHARE >= len(data):
        for code in ("utf-16-le", "utf-16-be"):
            yield from (data[start:].decode(code, "replace") for start in range(2))


def readable(data: bytes) -> bool:
    """Whether bytes are meant as text, so that something may be wrapped in it."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return len(data.translate(None, _PRINTABLE)) <= (1 - _READABLE) * len(data)
    return True


def decompressed(data: bytes, limit: int) -> Iterator[tuple[str, bytes]]:
    """What gzip and zlib made smaller in the bytes, wherever it begins. Raises TooLarge for more
    than `limit` bytes of it, and for more than _MOST_PARTS parts."""
    at, parts = data.find(GZIP), 0
    while at >= 0:
        parts += 1
        if parts > _MOST_PARTS:
            raise TooLarge
        found = _inflated(memoryview(data)[at:], limit)
        if found:
            yield "gzip", found
        at = data.find(GZIP, at + len(GZIP))
    if data.startswith(_ZLIB):
        found = _inflated(memoryview(data), limit)
        if found:
            yield "zlib", found


def unreadable(data: bytes) -> str | None:
    """What bytes are that can't be looked into; None for others."""
    return next((what for what, magic in _OTHERS if magic.match(data)), None)


def _inflated(data: memoryview, limit: int) -> bytes:
    """What comes out, also of data that is cut or damaged: everything before the damage."""
    decompressor, made, step, at = zlib.decompressobj(_EITHER), bytearray(), _STEP, 0
    while at < len(data) and not decompressor.eof:
        before = decompressor.copy() if step > 1 else None
        try:
            made += decompressor.decompress(data[at : at + step], limit + 1 - len(made))
        except zlib.error:
            if before is None:
                break
            decompressor, step = before, 1
            continue
        if len(made) > limit:
            raise TooLarge
        at += step
    return bytes(made)


def _json(text: str) -> Iterator[Inner]:
    start = text[:64].lstrip()[:1]
    if start not in ("{", "[", '"'):
        return
    try:
        data = parse(text)
    except ValueError:
        return  # the text itself is looked at in any case
    yield from (("JSON", inner) for inner in texts(data))


def texts(data: Any) -> Iterator[str]:
    """Every text and every key in data, without recursion."""
    todo = [data]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            pairs = cast("dict[str, Any]", item)
            yield from pairs
            todo.extend(pairs.values())
        elif isinstance(item, list):
            todo.extend(cast("list[Any]", item))
