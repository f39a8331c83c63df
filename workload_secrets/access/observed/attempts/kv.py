"""Attempts at a KV v2 secret. Nothing is changed."""

from __future__ import annotations

from typing import Any, Final, cast

from workload_secrets.access.observed.attempt import Attempt, allowed, read_values
from workload_secrets.access.observed.vault import ABSENT, NO_CONTENT, OK, VaultLogin, failed
from workload_secrets.access.verbs import path_of
from workload_secrets.declaration.secret import Secret, Verb

NEVER: Final = 2**31 - 1
"""A version nobody has: a write that names it is checked against the policy first and then
refused by check-and-set, so an attempt changes nothing."""


def attempt(login: VaultLogin, secret: Secret, verb: Verb) -> Attempt:
    """One verb, tried for real. Raises KeyError for a verb the kind has not."""
    return {"read": _read, "write": _write, "list": list_folder}[verb](login, secret)


def _read(login: VaultLogin, secret: Secret) -> Attempt:
    answer = login.at(secret).call("GET", path_of(secret, "read"))
    if answer.status == ABSENT:
        return allowed("read: nothing is stored at this path")
    if answer.status != OK:
        return failed("read", answer)
    values = cast("dict[str, Any]", answer.part("data", "data") or {})
    return read_values({key: str(value) for key, value in values.items() if value}, "read")


def _write(login: VaultLogin, secret: Secret) -> Attempt:
    body = {"data": {}, "options": {"cas": NEVER}}
    answer = login.at(secret).call("POST", path_of(secret, "write"), body)
    if answer.status in (OK, NO_CONTENT) or "check-and-set" in answer.errors:
        return allowed("write: passed the policy")
    return failed("write", answer)


def list_folder(login: VaultLogin, secret: Secret) -> Attempt:
    """LIST of the folder that holds the secret, which every kind has."""
    answer = login.at(secret).call("LIST", path_of(secret, "list").rstrip("/"))
    if answer.status in (OK, ABSENT):
        return allowed("list")
    return failed("list", answer)
