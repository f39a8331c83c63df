"""Errors of a program that runs without an engine."""

from __future__ import annotations

from workload_secrets.errors import PolicyError, WorkloadSecretsError


class ProgramError(WorkloadSecretsError):
    """The program did something that our monitor refuses, or it failed by itself."""


class RuleError(ProgramError, PolicyError):
    """The program did what a rule of the review forbids, before there was anything to review.
    The message names the rule."""


class RealizeError(Exception):
    """Raised by a realize function: this resource can't be made. The message is shown."""
