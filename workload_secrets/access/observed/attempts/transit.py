"""Attempts at a transit key."""

from __future__ import annotations

from workload_secrets.access.observed.attempt import Attempt, allowed
from workload_secrets.access.observed.attempts.kv import list_folder
from workload_secrets.access.observed.vault import BAD, OK, VaultLogin, failed
from workload_secrets.access.verbs import path_of
from workload_secrets.declared_secret import Secret, Verb


def attempt(login: VaultLogin, secret: Secret, verb: Verb) -> Attempt:
    """One verb, tried for real."""
    if verb == "list":
        return list_folder(login, secret)
    if verb == "write":
        return login.capable(secret, verb)
    answer = login.at(secret).call("POST", path_of(secret, verb), {})
    return allowed(f"{verb}: passed the policy") if answer.status in (OK, BAD) else failed(verb, answer)
