"""Hands over secret ids and tokens as a courier does: made wrapped by the server, unwrapped by
whoever they are for."""

from __future__ import annotations

from dataclasses import dataclass, field

from workload_secrets.errors import ServerError
from workload_secrets.keys.vault_http import Answer, VaultHttp

WRAP_SECONDS = 60
_OK = 200


@dataclass(frozen=True)
class Wrapped:
    """A wrapping token, good for one unwrapping within `seconds`. It never shows in a repr."""

    token: str = field(repr=False)
    seconds: int


class Courier:
    """Whoever may have secret ids and tokens made. `http` holds its token."""

    def __init__(self, http: VaultHttp) -> None:
        self._http = http

    def role_id(self, mount: str, role: str, namespace: str | None) -> str:
        """The role id, which is no secret. Raises ServerError."""
        answer = self._in(namespace).call("GET", f"auth/{mount}/role/{role}/role-id")
        if answer.status != _OK:
            raise ServerError(_said(f"the role id of {mount}/{role}", answer))
        return str(answer.part("data", "role_id"))

    def secret_id(
        self,
        mount: str,
        role: str,
        namespace: str | None,
        *,
        wrap_seconds: int = WRAP_SECONDS,
        ttl_seconds: int | None = None,
    ) -> Wrapped:
        """A fresh secret id, wrapped by the server; it lives `ttl_seconds`, at most and by default
        as long as the role says. Raises ServerError."""
        what = f"a wrapped secret id of {mount}/{role}"
        path = f"auth/{mount}/role/{role}/secret-id"
        return self._made(what, path, namespace, wrap_seconds, ttl_seconds)

    def token(
        self,
        role: str,
        namespace: str | None,
        *,
        wrap_seconds: int = WRAP_SECONDS,
        ttl_seconds: int | None = None,
    ) -> Wrapped:
        """The same for a fresh token of a token role."""
        what = f"a wrapped token of {role}"
        return self._made(what, f"auth/token/create/{role}", namespace, wrap_seconds, ttl_seconds)

    def _made(
        self, what: str, path: str, namespace: str | None, wrap_seconds: int, ttl_seconds: int | None
    ) -> Wrapped:
        body = {} if ttl_seconds is None else {"ttl": f"{ttl_seconds}s"}
        headers = {"X-Vault-Wrap-TTL": f"{wrap_seconds}s"}
        answer = self._in(namespace).call("POST", path, body, headers=headers)
        if answer.status != _OK or not isinstance(answer.data.get("wrap_info"), dict):
            raise ServerError(_said(what, answer))
        seconds = answer.part("wrap_info", "ttl")
        if not isinstance(seconds, int):
            raise ServerError(_said(what, answer))
        return Wrapped(str(answer.part("wrap_info", "token")), seconds)

    def unwrap(self, wrapped: Wrapped, namespace: str | None) -> str:
        """The secret id, once. Raises ServerError where it had been unwrapped before."""
        return str(self._unwrapped("the wrapped secret id", wrapped, namespace).part("data", "secret_id"))

    def unwrap_token(self, wrapped: Wrapped, namespace: str | None) -> str:
        """The token, once. Raises ServerError where it had been unwrapped before."""
        return str(self._unwrapped("the wrapped token", wrapped, namespace).part("auth", "client_token"))

    def _unwrapped(self, what: str, wrapped: Wrapped, namespace: str | None) -> Answer:
        answer = self._http.as_token(wrapped.token, namespace).call("POST", "sys/wrapping/unwrap", {})
        if answer.status != _OK:
            raise ServerError(_said(what, answer))
        return answer

    def _in(self, namespace: str | None) -> VaultHttp:
        return self._http.as_token(self._http.token, namespace)


def _said(what: str, answer: Answer) -> str:
    return f"Vault gives no {what.removeprefix('a ')}: HTTP {answer.status} {answer.errors}".rstrip()
