"""A small Vault client over HTTPS: it never prints a body and never follows a redirect."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import urllib3

from workload_secrets.errors import InputError, ServerError
from workload_secrets.outside import SECRETS, OutsideText


@dataclass(frozen=True)
class Answer:
    """One answer. `data` may hold values, so it never shows in a repr."""

    status: int
    data: dict[str, Any] = field(repr=False)

    @property
    def errors(self) -> OutsideText:
        """The server's own words. They may quote the request; shown, they don't."""
        return OutsideText.of_answer(self.data)

    def part(self, *names: str) -> Any:
        """What stands at a path of names. Raises ServerError where nothing does: then it is no
        answer of Vault."""
        found: Any = self.data
        for name in names:
            if not isinstance(found, dict) or name not in found:
                raise ServerError(
                    f"HTTP {self.status} without {'.'.join(names)}: this is no answer of Vault; check "
                    "endpoints.vault.address"
                )
            found = cast("dict[str, Any]", found)[name]
        return found

    def fields(self, *names: str) -> dict[str, Any]:
        """The object at a path of names. Raises ServerError where there is none."""
        found = self.part(*names)
        if not isinstance(found, dict):
            raise ServerError(f"HTTP {self.status} with {'.'.join(names)} that is no object")
        return cast("dict[str, Any]", found)


class VaultHttp:
    """One server, with a token or without. `ca_file` None trusts the system's authorities.
    May be used by several threads at once."""

    def __init__(
        self,
        address: str,
        ca_file: str | None,
        token: str = "",
        namespace: str | None = None,
        pool: urllib3.PoolManager | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`headers` go with every call of this client and of those made from it."""
        self._address = address.rstrip("/")
        self._ca_file = ca_file
        self._pool = pool or urllib3.PoolManager(
            ca_certs=ca_file, cert_reqs="CERT_REQUIRED", maxsize=16, timeout=30, retries=False
        )
        self._namespace = namespace
        self.token = token
        SECRETS.learn(token)
        self._own = dict(headers or {})
        self._headers = {"X-Vault-Request": "true", **self._own}
        if token:
            self._headers["X-Vault-Token"] = token
        if namespace:
            self._headers["X-Vault-Namespace"] = namespace

    def as_token(self, token: str, namespace: str | None = None) -> VaultHttp:
        """The same server with another token, over the same connections."""
        space = namespace or self._namespace
        return VaultHttp(self._address, self._ca_file, token, space, self._pool, self._own)

    def from_address(self, address: str) -> VaultHttp:
        """The same client, seen at another address by a server that believes X-Forwarded-For."""
        headers = {**self._own, "X-Forwarded-For": address}
        return VaultHttp(self._address, self._ca_file, self.token, self._namespace, self._pool, headers)

    def with_certificate(self, certificate: str, key: str) -> VaultHttp:
        """The same client with a client certificate, both PEM files, over connections of its own."""
        pool = urllib3.PoolManager(
            ca_certs=self._ca_file,
            cert_reqs="CERT_REQUIRED",
            cert_file=certificate,
            key_file=key,
            maxsize=1,
            timeout=30,
            retries=False,
        )
        return VaultHttp(self._address, self._ca_file, self.token, self._namespace, pool, self._own)

    def call(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request below /v1/. Raises ServerError where the server can't be reached, InputError
        where the token can't be sent."""
        SECRETS.learn_from(body, request=True)
        try:
            answer = self._pool.request(
                method,
                f"{self._address}/v1/{path}",
                body=None if body is None else json.dumps(body).encode(),
                headers={**self._headers, **(headers or {}), "Content-Type": "application/json"},
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise ServerError(
                f"Vault at {self._address} can't be reached ({type(error).__name__}); "
                "check endpoints.vault.address and caFile"
            ) from None
        except ValueError:
            raise InputError(
                "the Vault token has characters that no header may have, such as a line break; log in again"
            ) from None
        try:
            data: object = json.loads(answer.data) if answer.data else None
        except (ValueError, RecursionError):
            data = None
        SECRETS.learn_from(data)
        return Answer(answer.status, cast("dict[str, Any]", data) if isinstance(data, dict) else {})
