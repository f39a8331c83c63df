"""Attempts at a PKI role. Nothing is issued and nothing is changed.

The server looks at the policy first and at the body after it: 403 is a refusal, 400 is the
complaint about a body that no server takes, and so a right. Tried with OpenBao 2.7.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from workload_secrets.access.observed.attempt import Attempt, allowed
from workload_secrets.access.observed.attempts.kv import list_folder
from workload_secrets.access.observed.vault import BAD, OK, VaultLogin, failed
from workload_secrets.access.verbs import path_of
from workload_secrets.declaration.secret import Secret, Verb

_BODIES: Final[Mapping[Verb, Mapping[str, Any]]] = {
    "issue": {},  # no name, which every role made here asks for
    "write": {"key_type": "none"},
}


def attempt(login: VaultLogin, secret: Secret, verb: Verb) -> Attempt:
    """One verb, tried for real. Raises KeyError for a verb the kind has not."""
    if verb == "list":
        return list_folder(login, secret)
    answer = login.at(secret).call("POST", path_of(secret, verb), _BODIES[verb])
    return allowed(f"{verb}: passed the policy") if answer.status in (OK, BAD) else failed(verb, answer)
