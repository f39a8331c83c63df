"""Logging in to Vault, and what a login is asked about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from workload_secrets.access.observed.attempt import Attempt, allowed, refused, unclear
from workload_secrets.access.verbs import capabilities, path_of
from workload_secrets.declaration import Secret, Verb
from workload_secrets.keys.vault_http import Answer, VaultHttp

_BAD_CERTIFICATE: Final = "failed to verify client's certificate"
"""What an expired certificate gets, with status 500."""
OK, NO_CONTENT, BAD, DENIED, ABSENT = 200, 204, 400, 403, 404


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a login sends. `uses`: how often the same is to be sent before, so that it is used
    up. `certificate` and its key are files. `token` is used as it is, without a login."""

    body: Mapping[str, str] = field(repr=False)
    token: str = field(default="", repr=False)
    address: str | None = None
    certificate: tuple[str, str] | None = None
    uses: int = 0


class VaultSite:
    """Where Vault is."""

    def __init__(self, address: str, ca_file: str | None) -> None:
        self._http = VaultHttp(address, ca_file)

    def login(self, mount: str, role: str, token: str, namespace: str | None) -> VaultLogin | Attempt:
        """POST auth/<mount>/login; a login, or the refusal."""
        return self.show(mount, role, Shown(body={"role": role, "jwt": token}), namespace)

    def show(self, mount: str, role: str, shown: Shown, namespace: str | None) -> VaultLogin | Attempt:
        """The same for whatever a login takes; what has to be used up before is."""
        http = self._http.as_token("", namespace)
        if shown.address:
            http = http.from_address(shown.address)
        if shown.certificate:
            http = http.with_certificate(*shown.certificate)
        if shown.token:
            return VaultLogin(http.as_token(shown.token, namespace), namespace or "")
        for _ in range(shown.uses):
            first = http.call("POST", f"auth/{mount}/login", shown.body)
            if first.status != OK:
                why = f"HTTP {first.status} {first.errors}".rstrip()
                return unclear(f"login {mount}/{role}: what is shown could not be used up first: {why}")
        answer = http.call("POST", f"auth/{mount}/login", shown.body)
        if answer.status == OK:
            token = str(answer.part("auth", "client_token"))
            return VaultLogin(http.as_token(token, namespace), namespace or "")
        what = f"login {mount}/{role}: HTTP {answer.status} {answer.errors}".rstrip()
        refusal = answer.status in (BAD, DENIED) or _BAD_CERTIFICATE in answer.errors
        return refused(what) if refusal else unclear(what)

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
        path, http = path_of(secret, verb), self.at(secret)
        below = (secret.vault_namespace or "").strip("/")
        if below and not self.namespace:
            # A token of the root namespace may ask there only, by the full path.
            path, http = f"{below}/{path}", self.http
        answer = http.call("POST", "sys/capabilities-self", {"paths": [path]})
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
