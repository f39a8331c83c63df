"""Errors that end a command, each with the exit code of the command-line contract.

Messages name the file, key, value got, what is allowed and the remedy as far as they
apply. They never hold a secret value nor a whole configuration.
"""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes; the first failing stage decides."""

    OK = 0
    INTERNAL = 1
    INPUT = 2
    POLICY = 3
    ACCESS = 4
    SERVER = 5


class WorkloadSecretsError(Exception):
    """Base of every error a user may see. `exit_code` is what the command ends with."""

    exit_code: Exit = Exit.INTERNAL


class InputError(WorkloadSecretsError):
    """Bad configuration or usage."""

    exit_code = Exit.INPUT


class PolicyError(WorkloadSecretsError):
    """A rule of the review is violated."""

    exit_code = Exit.POLICY


class ServerError(WorkloadSecretsError):
    """A server or an outside tool failed or could not be reached."""

    exit_code = Exit.SERVER
