"""Files in a project that say what may be ended and removed, sealed so that no checkout can plant one.

A commit decides what a checkout holds, also below `.sandbox`; git even overwrites ignored files.
So a pid file or a handle counts only with a seal: an HMAC of its content and its path, under a
key in the user's own state folder, outside of every project. A file that was written by hand,
committed, copied or moved has no valid seal.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from workload_secrets.errors import InputError
from workload_secrets.files import (
    check_file,
    open_to_append,
    private_folder,
    read_own,
    user_folder,
    write_file,
)
from workload_secrets.sandbox.files import read_json, write_json

SEAL: Final = "seal"
"""The field that a sealed file has beside its content."""
_KEY_FILE: Final = "sandbox.key"
_KEY_BYTES: Final = 32


def write(file: Path, content: Mapping[str, Any]) -> None:
    """Writes a JSON object with its seal, mode 0600. Raises InputError where there can be no key."""
    write_json(file, {**content, SEAL: _seal(key(), file, content)})


def read(file: Path) -> dict[str, Any] | None:
    """The object in a file, or None where it is absent or this user didn't seal it at this path."""
    found = read_json(file)
    if not isinstance(found, dict):
        return None
    content = cast("dict[str, Any]", found)
    seal = content.pop(SEAL, None)
    if not isinstance(seal, str) or not seal.isascii():
        return None
    return content if hmac.compare_digest(seal, _seal(key(), file, content)) else None


def state_home() -> Path:
    """The folder that $XDG_STATE_HOME or ~/.local/state names; a process with another HOME needs it to
    find the key. Raises InputError where it is no absolute path."""
    return _folder().parent


def key() -> bytes:
    """The user's key, made the first time.

    It lies in `workload-secrets` below $XDG_STATE_HOME or ~/.local/state. Raises InputError where
    it can't be made, or is not this user's own.
    """
    file = private_folder(_folder(), "set XDG_STATE_HOME to a folder that you can write in") / _KEY_FILE
    if not os.path.lexists(file):
        _make(file)
    check_file(file)
    found = read_own(file)
    if found is None or len(found) != _KEY_BYTES or file.stat().st_mode & 0o077:
        raise InputError(
            f"{file}: must hold {_KEY_BYTES} bytes that only you can read; remove it, and the next "
            "command makes a new one (sandboxes that run are not recognised then: end them before)"
        )
    return found


def _folder() -> Path:
    return user_folder("XDG_STATE_HOME", ".local/state", os.environ)


def _make(file: Path) -> None:
    with open_to_append(file.with_suffix(".lock")) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.lexists(file):
            write_file(file, secrets.token_bytes(_KEY_BYTES))


def _seal(secret: bytes, file: Path, content: Mapping[str, Any]) -> str:
    text = f"{file.absolute()}\0{json.dumps(content, sort_keys=True)}"
    return hmac.new(secret, text.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()
