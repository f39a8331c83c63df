"""Looks for canaries: in files, logs and outputs, as they are and in every usual encoding."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

from workload_secrets.access.canary import PREFIX

_GZIP: Final = b"\x1f\x8b"


def forms(text: str) -> frozenset[bytes]:
    """How a text may stand somewhere: raw, in JSON, URL-encoded, in hex, in base64.

    Base64 has three, by where in a group of three bytes the text begins; of each the part
    that doesn't depend on its neighbours.
    """
    raw = text.encode()
    found = {raw, json.dumps(text)[1:-1].encode(), quote(text, safe="").encode(), raw.hex().encode()}
    found |= {raw.hex().upper().encode(), text.encode("utf-16-le")}
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + raw)
        whole = encoded[-(-shift * 8 // 6) : (shift + len(raw)) * 8 // 6]
        found |= {whole, whole.translate(bytes.maketrans(b"+/", b"-_"))}
    return frozenset(found)


NEEDLES: Final = forms(PREFIX)


def holds_canary(data: bytes) -> bool:
    """Whether bytes hold the beginning of any canary."""
    if any(needle in data for needle in NEEDLES):
        return True
    if data.startswith(_GZIP):
        try:
            return holds_canary(gzip.decompress(data))
        except (OSError, EOFError, zlib.error):
            return False
    return False


def files_with_canary(folder: Path) -> Iterator[str]:
    """The files below a folder that hold one, relative to it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and holds_canary(path.read_bytes()):
            yield str(path.relative_to(folder))
