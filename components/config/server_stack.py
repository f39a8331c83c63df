"""Reads a server's stack: what the stack file itself says, without the project's defaults."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from components.config import size
from components.config.checks import server as checks
from components.config.messages import problem_of
from components.config.problem import Problem
from components.config.vault_server import ServerStack

SECTION: Final = "vaultServer"
"""The key that makes a stack file one of this kind."""
ELSEWHERE: Final = ("shared", "secrets", "workloads", "writers", "gateways", "ci")
"""Keys of stacks that configure a server. The project's defaults of them reach every stack in
it and are ignored here; what the stack file itself states is refused."""


def stated_elsewhere(data: Mapping[str, Any], files: Mapping[str, str], file: str) -> list[Problem]:
    """Problems of keys that the stack file states and that belong to another kind of stack.

    `files` says in which file each key stands, `file` is the stack's own. An empty object says
    nothing. A file that can't be looked at counts as stating what has no default.
    """
    return [
        Problem(
            key=key,
            got="an object",
            allowed=f"nothing beside {SECTION}: one stack runs the server, another configures it",
            remedy=f"move {key} to a stack file without {SECTION}; it reaches the server by its address",
        )
        for key in ELSEWHERE
        if data.get(key) and files.get(key, file) == file
    ]


def parse(
    data: Mapping[str, Any], *, folder: Path | None = None, stated: list[Problem] | None = None
) -> tuple[ServerStack | None, list[Problem]]:
    """The model, or None with its problems. `data` may hold the keys of ELSEWHERE."""
    if problem := size.too_large(data):
        return None, [problem]
    own = {key: value for key, value in data.items() if key not in ELSEWHERE}
    try:
        stack = ServerStack.model_validate(own)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        return None, [*(stated or []), *(problem_of(item, own, ServerStack) for item in found)]
    return stack, [*(stated or []), *checks.problems(stack, folder)]
