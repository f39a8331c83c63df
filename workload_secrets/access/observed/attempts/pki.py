"""Attempts at a PKI role. Nothing is issued and nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from workload_secrets.access.observed.attempt import Attempt
from workload_secrets.access.observed.attempts.post import post
from workload_secrets.access.observed.vault import VaultLogin
from workload_secrets.declaration.secret import Secret, Verb

_BODIES: Final[Mapping[Verb, Mapping[str, Any]]] = {
    "issue": {},  # no name, which every role made here asks for
    "write": {"key_type": "none"},
}


def attempt(login: VaultLogin, secret: Secret, verb: Verb) -> Attempt:
    """One verb, tried for real. Raises KeyError for a verb the kind has not."""
    return post(login, secret, verb, _BODIES)
