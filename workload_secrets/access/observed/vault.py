"""Attempts at Vault: log in with a token, then read, write and list."""

from __future__ import annotations

from typing import Any, Final, cast

from workload_secrets.access.derived_vault import path_of
from workload_secrets.access.observed.attempt import Attempt, allowed, read_values, refused, unclear
from workload_secrets.declaration import Secret, Verb
from workload_secrets.keys.vault_http import Answer, VaultHttp

NEVER: Final = 2**31 - 1
"""A version nobody has: a write that names it is checked against the policy first and then
refused by check-and-set, so an attempt changes nothing."""
_OK, _NO_CONTENT, _BAD, _DENIED, _ABSENT = 200, 204, 400, 403, 404


class VaultSite:
    """Where Vault is."""

    def __init__(self, address: str, ca_file: str | None) -> None:
        self._http = VaultHttp(address, ca_file)

    def login(self, mount: str, role: str, token: str, namespace: str | None) -> VaultLogin | Attempt:
        """POST auth/<mount>/login; a login, or the refusal."""
        http = self._http.as_token("", namespace)
        answer = http.call("POST", f"auth/{mount}/login", {"role": role, "jwt": token})
        if answer.status == _OK:
            return self.with_token(cast("str", answer.data["auth"]["client_token"]), namespace)
        what = f"login {mount}/{role}: HTTP {answer.status} {answer.errors}".rstrip()
        return refused(what) if answer.status in (_BAD, _DENIED) else unclear(what)

    def with_token(self, token: str, namespace: str | None) -> VaultLogin:
        """A login that holds a token already."""
        return VaultLogin(self._http.as_token(token, namespace), namespace or "")


class VaultLogin:
    """A token that tries things. `http` is its client, `namespace` where it logged in."""

    def __init__(self, http: VaultHttp, namespace: str) -> None:
        self.http = http
        self.namespace = namespace

    def read(self, secret: Secret) -> Attempt:
        """GET data/."""
        answer = self._at(secret).call("GET", path_of(secret, "read"))
        if answer.status == _ABSENT:
            return allowed("read: nothing is stored at this path")
        if answer.status != _OK:
            return _failed("read", answer)
        values = cast("dict[str, Any]", answer.data["data"]["data"] or {})
        return read_values({key: str(value) for key, value in values.items() if value}, "read")

    def write(self, secret: Secret) -> Attempt:
        """POST data/ with a check-and-set that can't hold."""
        body = {"data": {}, "options": {"cas": NEVER}}
        answer = self._at(secret).call("POST", path_of(secret, "write"), body)
        if answer.status in (_OK, _NO_CONTENT) or "check-and-set" in answer.errors:
            return allowed("write: passed the policy")
        return _failed("write", answer)

    def list(self, secret: Secret) -> Attempt:
        """LIST of the folder that holds the secret."""
        answer = self._at(secret).call("LIST", path_of(secret, "list").rstrip("/"))
        if answer.status in (_OK, _ABSENT):
            return allowed("list")
        return _failed("list", answer)

    def capable(self, secret: Secret, verb: Verb, capabilities: tuple[str, ...]) -> Attempt:
        """What sys/capabilities-self says; changes nothing."""
        path = path_of(secret, verb)
        answer = self._at(secret).call("POST", "sys/capabilities-self", {"paths": [path]})
        if answer.status != _OK:
            return _failed("capabilities-self", answer)
        data = cast("dict[str, Any]", answer.data.get("data") or answer.data)
        found = set(cast("list[str]", data.get(path) or data.get("capabilities") or []))
        hit = sorted(found & {*capabilities, "root"})
        return allowed(f"capabilities-self: {', '.join(hit)}") if hit else refused("capabilities-self")

    def _at(self, secret: Secret) -> VaultHttp:
        return self.http.as_token(self.http.token, secret.vault_namespace or self.namespace or None)


def _failed(what: str, answer: Answer) -> Attempt:
    text = f"{what}: HTTP {answer.status}"
    return refused(text) if answer.status == _DENIED else unclear(f"{text} {answer.errors}".rstrip())
