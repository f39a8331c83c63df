"""A small JSON client for the sandbox's own servers: HTTPS to 127.0.0.1, verified by its CA."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from workload_secrets.errors import ServerError
from workload_secrets.outside import SECRETS, OutsideText
from workload_secrets.sandbox.ports import LOOPBACK

_TIMEOUT_SECONDS: Final = 30


class Refused(ServerError):  # noqa: N818 - it says what the server did
    """The server answered with an error. `status` is the HTTP status, `said` its own words."""

    def __init__(self, status: int, what: str, said: OutsideText) -> None:
        super().__init__(f"{what}: {status} {said}")
        self.status = status
        self.said = said


class Rest:
    """Calls one server. `headers` go with every call and are never shown."""

    def __init__(self, address: str, ca_file: Path, headers: Mapping[str, str]) -> None:
        parts = urlsplit(address)
        if parts.hostname != LOOPBACK or parts.port is None:
            raise ServerError(f"{address}: the sandbox only calls servers on {LOOPBACK}")
        self._address = address
        self._port = parts.port
        self._tls = ssl.create_default_context(cafile=str(ca_file))
        self._headers = dict(headers)
        SECRETS.learn_from(headers)

    def ask(
        self, method: str, path: str, body: Any = None, content_type: str = "application/json"
    ) -> tuple[int, Any]:
        """The status and JSON answer (or text). Raises OSError where nobody listens."""
        connection = http.client.HTTPSConnection(
            LOOPBACK, self._port, timeout=_TIMEOUT_SECONDS, context=self._tls
        )
        try:
            SECRETS.learn_from(body, request=True)
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, path, data, {**self._headers, "Content-Type": content_type})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        try:
            found: Any = json.loads(text or "{}")
        except ValueError:
            return answer.status, text
        SECRETS.learn_from(found)
        return answer.status, found

    def call(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Any:
        """The JSON answer. Raises Refused for any status that is no success."""
        status, answer = self.ask(method, path, body, content_type)
        if status >= http.client.BAD_REQUEST:
            raise Refused(status, f"{method} {self._address}{path}", _said(answer))
        return answer

    def answers(self, path: str, status: int = 200) -> bool:
        """Whether a GET gets this status by now."""
        try:
            return self.ask("GET", path)[0] == status
        except (OSError, http.client.HTTPException):
            return False


def _said(answer: Any) -> OutsideText:
    return OutsideText(answer) if isinstance(answer, str) else OutsideText.of_answer(answer)
