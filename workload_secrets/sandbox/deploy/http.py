"""JSON over HTTP to one server, over kept connections, safe to use from several threads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import urllib3

from workload_secrets.outside import SECRETS, OutsideText
from workload_secrets.sandbox.deploy.outcome import HandlerError


@dataclass(frozen=True)
class Answer:
    """`body` is the decoded JSON, or None where there is none."""

    status: int
    body: Any

    @property
    def said(self) -> OutsideText:
        """The reason that an error gives: Vault's `errors` or Kubernetes' `message`."""
        return OutsideText.of_answer(self.body)


class JsonClient:
    """Requests to one base address. `ca` is the PEM text of the only authorities trusted."""

    def __init__(self, what: str, address: str, ca: str | None, headers: Mapping[str, str]) -> None:
        self._what = what
        self._address = address.rstrip("/")
        self._headers = dict(headers)
        SECRETS.learn_from(headers)
        trust: dict[str, Any] = {"ca_cert_data": ca, "cert_reqs": "CERT_REQUIRED"} if ca else {}
        self._pool = urllib3.PoolManager(
            maxsize=8, retries=False, timeout=urllib3.Timeout(connect=5, read=30), **trust
        )

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (),
    ) -> Answer:
        """Sends one request. A status from 400 on raises HandlerError unless in `accept`."""
        SECRETS.learn_from(body, request=True)
        data = None if body is None else json.dumps(body).encode()
        try:
            response = self._pool.request(
                method,
                self._address + path,
                body=data,
                headers={"content-type": "application/json", **self._headers, **(headers or {})},
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise HandlerError(
                f"{self._what} at {self._address} can't be reached: {OutsideText(error)}"
            ) from None
        answer = Answer(response.status, _decode(response.data))
        SECRETS.learn_from(answer.body)
        if response.status >= 300 and response.status not in accept:
            raise HandlerError(f"{self._what}: {method} {path}: {response.status} {answer.said}")
        return answer


def _decode(data: bytes) -> Any:
    if not data:
        return None
    try:
        return json.loads(data)
    except ValueError:
        return None
