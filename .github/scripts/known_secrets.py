"""Takes out of a text what this process's environment keeps secret, and what looks like a secret.

GitHub masks secrets in logs, not in artifacts.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

sys.path.append(str(Path(__file__).resolve().parents[2]))

from policies.guardrails.secret_text import hidden

_NAMES: Final = re.compile(r"TOKEN|SECRET|PASSWORD|PASSPHRASE|ACCESS_KEY|CREDENTIAL|_JWT", re.IGNORECASE)
_NO_SECRET: Final = re.compile(r"_(?:URL|URI|FILE|PATH|MOUNT|ROLE|AUDIENCE)$", re.IGNORECASE)
_SHORTEST: Final = 8
"""Characters. A shorter value stands in other words by chance, and is no token."""
_GONE: Final = "…"


def without_secrets(environment: Mapping[str, str]) -> Callable[[str], str]:
    """A function that gives a text without them, however they are encoded."""
    secrets = {
        value
        for name, value in environment.items()
        if _NAMES.search(name) and not _NO_SECRET.search(name) and len(value) >= _SHORTEST
    }
    forms = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)

    def cleaned(text: str) -> str:
        for form in forms:
            text = text.replace(form, _GONE)
        return hidden(text)

    return cleaned


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield urllib.parse.quote(secret, safe="")
    yield urllib.parse.quote_plus(secret)
    for skipped in range(3):  # base64 of a longer text has it at one of three alignments
        whole = b"\0" * skipped + secret.encode()
        middle = base64.b64encode(whole)[(0, 2, 3)[skipped] : len(whole) // 3 * 4].decode()
        if len(middle) >= _SHORTEST:
            yield middle
            yield middle.replace("+", "-").replace("/", "_")
