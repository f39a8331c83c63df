"""Checks that look at more than one key of a stack file."""

from __future__ import annotations

from components.config.problem import Problem
from components.config.stack import StackConfig


def problems(config: StackConfig) -> list[Problem]:
    """Everything wrong with a stack whose single values are well-formed."""
    return []
