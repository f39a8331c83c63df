"""One HTTP request with limits: no redirect is followed, and no answer is read without end."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_SECONDS: Final = 30
JSON_LIMIT: Final = 8 * 1024 * 1024
"""Bytes of an answer in JSON; a hundred comments of GitHub's greatest length are less."""


class WebError(Exception):
    """A server could not be used. The message holds no credential and nothing that a server said."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server said."""

    status: int
    location: str | None
    body: bytes

    def json(self) -> Any:
        """The body. Raises WebError where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise WebError(f"an answer with status {self.status} is no JSON") from None


def ask(
    method: str,
    url: str,
    headers: Mapping[str, str],
    *,
    body: bytes | None = None,
    limit: int = JSON_LIMIT,
    ca_file: str | None = None,
) -> Answer:
    """Sends one request. Raises WebError where there is no answer or it is over `limit` bytes."""
    parts = urllib.parse.urlsplit(url)
    where = f"{method} {parts.scheme}://{parts.netloc}{parts.path}"
    connection = _connection(parts, ca_file)
    try:
        target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        connection.request(method, target, body=body, headers={"User-Agent": "workload-secrets", **headers})
        answer = connection.getresponse()
        read = answer.read(limit + 1)
    except (OSError, http.client.HTTPException) as error:
        raise WebError(f"{where}: {type(error).__name__}") from None
    finally:
        connection.close()
    if len(read) > limit:
        raise WebError(f"{where}: more than {limit} bytes")
    return Answer(status=answer.status, location=answer.getheader("Location"), body=read)


def _connection(parts: urllib.parse.SplitResult, ca_file: str | None) -> http.client.HTTPConnection:
    if parts.scheme == "https" and parts.hostname:
        context = ssl.create_default_context(cafile=ca_file)
        return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=_SECONDS, context=context)
    if parts.scheme == "http" and parts.hostname == "127.0.0.1":
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=_SECONDS)
    raise WebError(f"{parts.scheme}://{parts.hostname}: not https")
