"""Attempts at a database role.

What a read gives stays until the usage proof revokes it: a workload may not revoke leases.
"""

from __future__ import annotations

from workload_secrets.access.observed.attempt import Attempt, allowed
from workload_secrets.access.observed.attempts.kv import list_folder
from workload_secrets.access.observed.vault import OK, VaultLogin, failed
from workload_secrets.access.verbs import path_of
from workload_secrets.declaration.secret import Secret, Verb


def attempt(login: VaultLogin, secret: Secret, verb: Verb) -> Attempt:
    """One verb, tried for real."""
    if verb == "list":
        return list_folder(login, secret)
    if verb == "write":
        return login.capable(secret, verb)
    answer = login.at(secret).call("GET", path_of(secret, "read"))
    return allowed("read") if answer.status == OK else failed("read", answer)
