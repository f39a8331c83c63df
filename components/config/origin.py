"""In which file a key of the configuration stands, so that messages name it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

PROJECT_FILE = "Pulumi.yaml"
STACK_FILE = "WORKLOAD_SECRETS_STACK_FILE"
"""Environment variable with the path of a stack file that is kept elsewhere. The Pulumi CLI
doesn't tell the program its `--config-file`."""


def origins(folder: Path, stack: str, keys: Iterable[str]) -> dict[str, str]:
    """The file of each key: the stack's own, else the project's defaults.

    The files are only scanned for the keys. A stack file kept elsewhere is named where
    STACK_FILE tells its path. Else it is called by the stack's name, together with the
    project's file where that has a default.
    """
    file = own_file(folder, stack)
    own, project = _text(folder / file), _text(folder / PROJECT_FILE)
    found: dict[str, str] = {}
    for key in keys:
        default = project is not None and _default(key, project)
        if own is None:
            found[key] = f"the file of stack {stack}" + (f" or {PROJECT_FILE}" if default else "")
        elif default and not re.search(rf"^ +\"?(workload-secrets:)?{key}\"?:", own, re.M):
            found[key] = PROJECT_FILE
        else:
            found[key] = file
    return found


def own_file(folder: Path, stack: str) -> str:
    """The stack's own file: relative to the project's folder, or absolute where it is outside."""
    path = folder / os.environ.get(STACK_FILE, f"Pulumi.{stack}.yaml")
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def _default(key: str, project: str) -> bool:
    return bool(re.search(rf"^( +)workload-secrets:{key}:\n(?:\1 +.*\n)*?\1 +default:", project, re.M))


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
