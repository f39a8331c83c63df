"""Reads a stack's configuration into one checked model. The only reader of pulumi.Config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pulumi
from pulumi.runtime import config as runtime
from pydantic import ValidationError

from components.config import checks, placeholders, server_stack, size
from components.config.errors import ConfigError
from components.config.messages import problem_of
from components.config.origin import origins, own_file
from components.config.problem import Problem
from components.config.reviewed import rules_of
from components.config.stack import StackConfig
from components.config.vault_server import ServerStack

TEXTS: Final = ("environment", "tier")
OBJECTS: Final = ("facts", "endpoints", "shared", "secrets", "workloads", "writers")
OPTIONAL: Final = ("gateways", "ci")
SERVER_OBJECTS: Final = ("facts", "endpoints", server_stack.SECTION)
LINES_MAX: Final = 40
"""More problems than these are counted, not listed."""


def load(config: pulumi.Config) -> StackConfig | ServerStack:
    """The configuration of the running stack, of either kind. Raises ConfigError.

    A stack with the key `vaultServer` is a server's.
    """
    folder, stack = Path.cwd(), pulumi.get_stack()
    files = origins(folder, stack, (*TEXTS, *OBJECTS, *OPTIONAL, server_stack.SECTION))
    file = own_file(folder, stack)
    server = config.get(server_stack.SECTION) is not None
    data: dict[str, Any] = {}
    problems = _strangers(config.name)
    optional = [key for key in OPTIONAL if not server and config.get(key) is not None]
    for key in (*TEXTS, *(SERVER_OBJECTS if server else OBJECTS), *optional):
        try:
            data[key] = config.require(key) if key in TEXTS else config.require_object(key)
        except pulumi.ConfigMissingError:
            problems.append(_missing(key))
        except (pulumi.ConfigTypeError, ValueError):
            problems.append(_not_an_object(key))
    _raise(problems, file, files)
    if server:
        stated = {key: _given(config, key) for key in server_stack.ELSEWHERE}
        return parse_server({**data, **stated}, file=file, folder=folder, files=files)
    return parse(data, file=file, folder=folder, files=files)


def parse_server(
    data: Mapping[str, Any],
    *,
    file: str,
    folder: Path | None = None,
    files: Mapping[str, str] | None = None,
) -> ServerStack:
    """Like `parse`, for a stack with the key `vaultServer`. Raises ConfigError."""
    stated = server_stack.stated_elsewhere(data, files or {}, file)
    stack, problems = server_stack.parse(data, folder=folder, stated=stated)
    _raise(problems, file, files or {})
    if stack is None:  # unreachable: it comes with a problem
        raise ConfigError(f"{file}: not a stack file")
    return stack


def parse(
    data: Mapping[str, Any],
    *,
    file: str,
    folder: Path | None = None,
    files: Mapping[str, str] | None = None,
) -> StackConfig:
    """The checked model of `data`, whose keys are those of the stack file without project.

    `file` is named in messages, `files` may say better for a top-level key. `folder` is the
    project's; without it the PEM files are not looked at. Raises ConfigError, one line a
    problem.
    """
    files = files or {}
    if problem := size.too_large(data):
        _raise([problem], file, files)
    problems: list[Problem] = []
    resolved = _resolved(data, problems)
    try:
        config = StackConfig.model_validate(resolved)
    except ValidationError as error:
        problems += [problem_of(e, resolved) for e in error.errors(include_input=False, include_url=False)]
        config = None
    _raise(problems, file, files)
    if config is None:  # unreachable: a validation error is a problem
        raise ConfigError(f"{file}: not a stack file")
    _raise(checks.problems(config, folder), file, files)
    return config


def _resolved(data: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    environment = data.get("environment")
    resolved = dict(data)
    if isinstance(environment, str):
        for key in ("shared", "secrets"):
            if key in data:
                resolved[key] = placeholders.resolve(
                    data[key], environment=environment, key=key, problems=problems
                )
    return resolved


def _strangers(project: str) -> list[Problem]:
    """Keys of the project that nothing reads, and keys stored encrypted."""
    known = (*TEXTS, *OBJECTS, *OPTIONAL, server_stack.SECTION)
    full = sorted({*runtime.CONFIG.get(), *runtime.get_config_env()})
    names = [name.removeprefix(f"{project}:") for name in full if name.startswith(f"{project}:")]
    unknown = [
        Problem(
            key=name,
            got="a key that is not known",
            allowed=", ".join(known),
            remedy=f"remove {project}:{name}, or correct the name",
        )
        for name in names
        if name not in known
    ]
    secret = {*runtime.get_config_secret_keys_env()}
    encrypted = [
        Problem(
            key=name,
            got="an encrypted value",
            allowed="plain configuration: no secret value belongs here",
            remedy="remove it, and write values with: workload-secrets keys set",
        )
        for name in known
        if runtime.is_config_secret(f"{project}:{name}") or f"{project}:{name}" in secret
    ]
    return unknown + encrypted


def _given(config: pulumi.Config, key: str) -> Any:
    """An object, or whatever text stands in its place."""
    try:
        return config.get_object(key)
    except (pulumi.ConfigTypeError, ValueError):
        return config.get(key)


def _missing(key: str) -> Problem:
    return Problem(
        key=key,
        got="nothing",
        allowed="a value for this key",
        remedy=f"set workload-secrets:{key} in the stack file, or as a default in Pulumi.yaml",
    )


def _not_an_object(key: str) -> Problem:
    return Problem(
        key=key,
        got="text that is not an object",
        allowed="an object",
        remedy=f"write workload-secrets:{key} as nested YAML",
    )


def _raise(problems: Sequence[Problem], file: str, files: Mapping[str, str]) -> None:
    if not problems:
        return
    lines = [problem.line(files.get(problem.root, file)) for problem in problems[:LINES_MAX]]
    if len(problems) > LINES_MAX:
        lines.append(f"{file}: and {len(problems) - LINES_MAX} more problems")
    rules = dict.fromkeys(rule for problem in problems for rule in rules_of(problem.key))
    raise ConfigError("\n".join(lines), tuple(rules)) from None
