"""Reads a stack's configuration into one checked model. The only reader of pulumi.Config."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pulumi
from pydantic import ValidationError

from components.config import checks, placeholders, size
from components.config.errors import ConfigError
from components.config.messages import problem_of
from components.config.problem import Problem
from components.config.stack import StackConfig

TEXTS: Final = ("environment", "tier")
OBJECTS: Final = ("facts", "endpoints", "shared", "secrets", "workloads", "writers")


def load(config: pulumi.Config) -> StackConfig:
    """The configuration of the running stack. Raises ConfigError."""
    file = f"Pulumi.{pulumi.get_stack()}.yaml"
    data: dict[str, Any] = {}
    problems: list[Problem] = []
    for key in (*TEXTS, *OBJECTS):
        try:
            data[key] = config.require(key) if key in TEXTS else config.require_object(key)
        except pulumi.ConfigMissingError:
            problems.append(_missing(key))
        except pulumi.ConfigTypeError:
            problems.append(_not_an_object(key))
    _raise(problems, file)
    return parse(data, file=file, folder=Path.cwd())


def parse(data: Mapping[str, Any], *, file: str, folder: Path | None = None) -> StackConfig:
    """The checked model of `data`, whose keys are those of the stack file without project.

    `file` is named in messages. `folder` is the project's; without it the PEM files are not
    looked at. Raises ConfigError with one line a problem.
    """
    if problem := size.too_large(data):
        _raise([problem], file)
    problems: list[Problem] = []
    resolved = _resolved(data, problems)
    try:
        config = StackConfig.model_validate(resolved)
    except ValidationError as error:
        problems += [problem_of(e, resolved) for e in error.errors(include_input=False, include_url=False)]
        _raise(problems, file)
        raise
    _raise(problems, file)
    _raise(checks.problems(config, folder), file)
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


def _raise(problems: list[Problem], file: str) -> None:
    if problems:
        raise ConfigError("\n".join(problem.line(file) for problem in problems)) from None
