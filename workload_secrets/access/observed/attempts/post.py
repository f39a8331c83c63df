"""Attempts at an engine by requests that no server takes. Nothing is made and nothing is changed.

The server looks at the policy first and at the body after it: 403 is a refusal, 400 is the
complaint about the body, and so a right. Tried with OpenBao 2.7.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workload_secrets.access.observed.attempt import Attempt, allowed
from workload_secrets.access.observed.attempts.kv import list_folder
from workload_secrets.access.observed.vault import BAD, OK, VaultLogin, failed
from workload_secrets.access.verbs import path_of
from workload_secrets.declaration.secret import Secret, Verb


def post(login: VaultLogin, secret: Secret, verb: Verb, bodies: Mapping[Verb, Mapping[str, Any]]) -> Attempt:
    """One verb with its body; to list needs none. Raises KeyError for a verb without a body."""
    if verb == "list":
        return list_folder(login, secret)
    answer = login.at(secret).call("POST", path_of(secret, verb), bodies[verb])
    return allowed(f"{verb}: passed the policy") if answer.status in (OK, BAD) else failed(verb, answer)
