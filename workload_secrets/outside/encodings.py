"""How a value may stand in a text: encoded once or several times by what echoes it."""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
import shlex
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final
from urllib.parse import quote, quote_plus, unquote, unquote_plus

_DEPTH: Final = 4
"""Encodings on top of each other that are undone."""
_ANY: Final = "surrogatepass"
"""A variable of the environment may be no text: its bytes come as lone surrogates."""
_MOST_READINGS: Final = 200
_READABLE: Final = 0.8
"""The share of printable characters from which on decoded bytes count as text."""
_RUN: Final = 8
"""Printable characters in a row that random bytes don't have."""
_ESCAPE: Final = re.compile(
    r"\\(?:u([0-9a-fA-F]{4})|(?:u\{|U(?=[0-9a-fA-F]{8}))([0-9a-fA-F]{1,8})\}?|x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))",
    re.DOTALL,
)
_NAMED: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "a": "\a", "\n": ""}
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{4,}")
_TO_STANDARD: Final = str.maketrans("-_", "+/")
_HEX: Final = re.compile(r"(?:(?:0x|\\x|%)?[0-9a-fA-F]{2}[ :,-]?){4,}")
_HEX_DIGITS: Final = re.compile(r"(?:0x|\\x)|[^0-9a-fA-F]")
_DECIMALS: Final = re.compile(r"(?<!\d)\d{1,3}(?:[\s,]+\d{1,3}){3,}(?!\d)")
_PADDING: Final = re.compile(r"[\s\x00'\"\\`]")
"""What quoting and wrapping put between the characters of a value."""


class TooManyReadings(Exception):  # noqa: N818 - no fault: the text is left out
    """A text can be decoded in more ways than are looked at."""


@lru_cache(maxsize=512)
def encoded(value: str) -> tuple[str, ...]:
    """The value in every form that is taken out of a text and leaves the rest of it readable,
    the longest first."""
    return tuple(sorted(set(_forms(value)), key=lambda form: (-len(form), form)))


def _forms(value: str) -> Iterator[str]:
    yield from (value, " ".join(value.split()))
    for text in (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
        yield from (text, text.replace("/", "\\/"), json.dumps(text)[1:-1])
        yield re.sub(r"\\u[0-9a-f]{4}", lambda found: "\\u" + found[0][2:].upper(), text)
    for once in (
        quote(value, safe="", errors=_ANY),
        quote(value, errors=_ANY),
        quote_plus(value, errors=_ANY),
    ):
        yield from (once, quote(once, safe=""))
        yield re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), once)
    yield from (repr(value)[1:-1], html.escape(value), html.escape(value, quote=False))
    yield from (shlex.quote(value).strip("'"), value.replace("'", "'\\''"))
    yield re.sub(r'([\\"$`])', r"\\\1", value)
    data = value.encode(errors=_ANY)
    for lead in range(3):
        yield from _base64_core(data, lead)
    yield from (data.hex(), data.hex().upper())


def _base64_core(data: bytes, lead: int) -> Iterator[str]:
    """The part that the data alone decides, where `lead` bytes of another text come before it."""
    text = base64.b64encode(bytes(lead) + data).rstrip(b"=").decode()
    skip = (0, 2, 3)[lead]  # characters that hold bits of what comes before
    keep = len(text) - (1 if (lead + len(data)) % 3 else 0)
    if keep - skip >= len(data):  # else too short to say anything
        core = text[skip:keep]
        yield from (core, core.translate(str.maketrans("+/", "-_")))
    if lead == 0:
        whole = base64.b64encode(data).decode()
        yield from (whole, whole.translate(str.maketrans("+/", "-_")))


def canonical(text: str) -> str:
    """The text for comparisons: case doesn't count."""
    return text.casefold()


def composed(text: str) -> str:
    """One spelling of accents (Unicode NFC)."""
    return unicodedata.normalize("NFC", text)


def skeleton(text: str) -> str:
    """The text without blanks, line breaks, quotes and backslashes."""
    return _PADDING.sub("", text)


def readings(text: str) -> list[str]:
    """The text itself, first, and everything it may stand for. Raises TooManyReadings."""
    found = dict.fromkeys([text])
    fresh = [text]
    for _ in range(_DEPTH):
        made = dict.fromkeys(
            reading for one in fresh for decode in _DECODERS for reading in decode(one) if reading
        )
        fresh = [reading for reading in made if reading not in found]
        found.update(dict.fromkeys(fresh))
        if len(found) > _MOST_READINGS:
            raise TooManyReadings
    return list(found)


def unescaped(text: str) -> Iterator[str]:
    """Backslashes of JSON, Python, Go, C and shells."""
    if "\\" in text:
        pairs = _ESCAPE.sub(_meant, text).encode("utf-16", "surrogatepass")
        yield pairs.decode("utf-16", "replace")


def _meant(found: re.Match[str]) -> str:
    short, long, byte, octal, other = found.groups()
    number = int(short or long or byte or "0", 16) if octal is None else int(octal, 8)
    if other is None:
        return chr(number) if number <= 0x10FFFF else ""
    return _NAMED.get(other, other)


def unquoted(text: str) -> Iterator[str]:
    if "%" in text or "+" in text:
        yield unquote(text)
        yield unquote_plus(text)


def entities(text: str) -> Iterator[str]:
    if "&" in text:
        yield html.unescape(text)


def _padded(text: str) -> Iterator[str]:
    yield skeleton(text)


def _misread(text: str) -> Iterator[str]:
    """UTF-8 that was read as another code."""
    if text.isascii():
        return
    for code in ("latin-1", "cp1252"):
        yield text.encode(code, "replace").decode("utf-8", "replace")


def _from_base64(text: str) -> Iterator[str]:
    for start in range(4):
        yield "\n".join(_texts(base64_bytes(text, start)))


def base64_bytes(text: str, start: int) -> Iterator[bytes]:
    """What each run of base64, either alphabet, stands for, from its character `start` on: of the
    first four each may begin what is meant, since a value may stand inside more."""
    for run in _BASE64.findall(text):
        yield _base64_bytes(run[start:].translate(_TO_STANDARD))


def _base64_bytes(run: str) -> bytes:
    whole = run[: len(run) - 1] if len(run) % 4 == 1 else run
    try:
        return base64.b64decode(whole + "=" * (-len(whole) % 4))
    except (binascii.Error, ValueError):
        return b""


def _from_hex(text: str) -> Iterator[str]:
    for start in range(2):
        yield "\n".join(_texts(hex_bytes(text, start)))


def hex_bytes(text: str, start: int) -> Iterator[bytes]:
    """What each run of hex digits stands for, from its digit `start`, 0 or 1, on."""
    for run in _HEX.findall(text):
        digits = _HEX_DIGITS.sub("", run)[start:]
        yield bytes.fromhex(digits[: len(digits) // 2 * 2])


def _from_decimals(text: str) -> Iterator[str]:
    for data in decimal_bytes(text):
        yield from _texts([data])


def decimal_bytes(text: str) -> Iterator[bytes]:
    """Each list of bytes as numbers, as Go prints one."""
    for run in _DECIMALS.findall(text):
        numbers = [int(number) for number in re.findall(r"\d+", run)]
        if max(numbers) < 256:
            yield bytes(numbers)


def _texts(parts: Iterator[bytes] | list[bytes]) -> Iterator[str]:
    """What reads as text."""
    for part in parts:
        text = part.decode("utf-8", "replace")
        readable = "".join(c if _readable(c) else "\n" for c in text)
        good = len(text) - readable.count("\n") + text.count("\n")
        if text and (good >= _READABLE * len(text) or max(map(len, readable.split("\n"))) >= _RUN):
            yield text


def _readable(char: str) -> bool:
    """Control characters from \x80 on come of UTF-8 that was read as another code."""
    return char != "\ufffd" and (char.isprintable() or char in "\0\n\r\t" or "\x80" <= char <= "\x9f")


_DECODERS: Final[tuple[Callable[[str], Iterator[str]], ...]] = (
    unescaped,
    unquoted,
    entities,
    _padded,
    _misread,
    _from_base64,
    _from_hex,
    _from_decimals,
)
