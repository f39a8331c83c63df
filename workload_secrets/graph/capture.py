"""A stack's graph without an engine, credentials or network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from workload_secrets.graph import config, process, wire
from workload_secrets.graph.model import Graph, Mode

STACK_FILE: Final = "WORKLOAD_SECRETS_STACK_FILE"
"""Tells the program the path of the stack's file, so that its messages can name it."""


def capture(
    project: Path,
    stack: str,
    *,
    mode: Mode = "update",
    overrides: Mapping[str, Any] | None = None,
) -> Graph:
    """Runs the project's real `__main__.py` in a child process and gives what it declares.

    `stack` is a stack's name or the path of a stack file. Computed outputs are symbols
    (mode "update") or unknown ("preview"). `overrides` replaces whole configuration keys,
    such as `{"workload-secrets:endpoints": {...}}`. Raises InputError for bad
    configuration, ProgramError for a program that fails or does what is refused.
    """
    root = project.resolve()
    file, _ = config.locate(root, stack)
    request = {
        "project": str(root),
        "stack": str(file.absolute()),
        "mode": mode,
        "overrides": dict(overrides or {}),
    }
    named = {STACK_FILE: str(file.resolve())}
    return wire.decode(process.call("workload_secrets.graph.child", request, cwd=root, env=named))
