"""Logging in to Vault, and what a login is asked about itself."""

from __future__ import annotations

from typing import Any, cast

from workload_secrets.access.observed.attempt import Attempt, allowed, refused, unclear
from workload_secrets.access.verbs import capabilities, path_of
from workload_secrets.declaration import Secret, Verb
from workload_secrets.keys.vault_http import Answer, VaultHttp

OK, NO_CONTENT, BAD, DENIED, ABSENT = 200, 204, 400, 403, 404


class VaultSite:
    """Where Vault is."""

    def __init__(self, address: str, ca_file: str | None) -> None:
        self._http = VaultHttp(address, ca_file)

    def login(self, mount: str, role: str, token: str, namespace: str | None) -> VaultLogin | Attempt:
        """POST auth/<mount>/login; a login, or the refusal."""
        http = self._http.as_token("", namespace)
        answer = http.call("POST", f"auth/{mount}/login", {"role": role, "jwt": token})
        if answer.status == OK:
            return self.with_token(cast("str", answer.data["auth"]["client_token"]), namespace)
        what = f"login {mount}/{role}: HTTP {answer.status} {answer.errors}".rstrip()
        return refused(what) if answer.status in (BAD, DENIED) else unclear(what)

    def with_token(self, token: str, namespace: str | None) -> VaultLogin:
        """A login that holds a token already."""
        return VaultLogin(self._http.as_token(token, namespace), namespace or "")


class VaultLogin:
    """A token that tries things. `http` is its client, `namespace` where it logged in."""

    def __init__(self, http: VaultHttp, namespace: str) -> None:
        self.http = http
        self.namespace = namespace

    def capable(self, secret: Secret, verb: Verb) -> Attempt:
        """What sys/capabilities-self says of a verb's first way; changes nothing."""
        path = path_of(secret, verb)
        answer = self.at(secret).call("POST", "sys/capabilities-self", {"paths": [path]})
        if answer.status != OK:
            return failed("capabilities-self", answer)
        data = cast("dict[str, Any]", answer.data.get("data") or answer.data)
        found = set(cast("list[str]", data.get(path) or data.get("capabilities") or []))
        hit = sorted(found & {*capabilities(secret, verb), "root"})
        return allowed(f"capabilities-self: {', '.join(hit)}") if hit else refused("capabilities-self")

    def at(self, secret: Secret) -> VaultHttp:
        """The client in the secret's own namespace."""
        return self.http.as_token(self.http.token, secret.vault_namespace or self.namespace or None)


def failed(what: str, answer: Answer) -> Attempt:
    """The refusal behind a 403; any other failure says neither yes nor no."""
    text = f"{what}: HTTP {answer.status}"
    return refused(text) if answer.status == DENIED else unclear(f"{text} {answer.errors}".rstrip())
