"""Attempts at a database role: credentials that are given are given back at once."""

from __future__ import annotations

from workload_secrets.access.observed.attempt import Attempt, allowed
from workload_secrets.access.observed.attempts.kv import list_folder
from workload_secrets.access.observed.vault import OK, VaultLogin, failed
from workload_secrets.access.verbs import path_of
from workload_secrets.declared_secret import Secret, Verb


def attempt(login: VaultLogin, secret: Secret, verb: Verb) -> Attempt:
    """One verb, tried for real."""
    if verb == "list":
        return list_folder(login, secret)
    if verb == "write":
        return login.capable(secret, verb)
    answer = login.at(secret).call("GET", path_of(secret, "read"))
    if answer.status != OK:
        return failed("read", answer)
    lease = answer.data.get("lease_id")
    if lease:
        login.at(secret).call("POST", "sys/leases/revoke", {"lease_id": lease})
    return allowed("read")
