"""Writing the sandbox's files: credentials are never readable by others, not for a moment."""

from __future__ import annotations

import json
import posixpath
from pathlib import Path
from typing import Any

from workload_secrets.errors import InputError
from workload_secrets.escape import visible
from workload_secrets.files import private_folder, read_own, write_file

__all__ = ["below", "private_folder", "read_json", "write_json", "write_private"]


def below(folder: Path, path: str) -> Path:
    """The place in `folder` of a path that a stack declares. Raises InputError where it leads out."""
    joined = posixpath.normpath(path)
    if joined.startswith(("/", "../")) or joined in {".", ".."}:
        raise InputError(f"{visible(path)}: leads out of the sandbox's own folder; name a place inside")
    return folder / joined


def write_private(path: Path, content: str | bytes) -> Path:
    """Writes a file of mode 0600 in one step (a reader sees the old or the new content)."""
    return write_file(path, content)


def write_json(path: Path, value: Any) -> Path:
    """Writes `value` as JSON, mode 0600."""
    return write_private(path, json.dumps(value, indent=1, sort_keys=True) + "\n")


def read_json(path: Path) -> Any | None:
    """The JSON in a file, or None where it is absent, a link, or half written."""
    found = read_own(path)
    try:
        return None if found is None else json.loads(found)
    except (ValueError, RecursionError):
        return None
