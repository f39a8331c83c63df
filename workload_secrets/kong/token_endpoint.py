"""The JWT of an OAuth2 login, from the token endpoint of an entity.

Kong's source of it isn't public. app/_how-tos/gateway/configure-hashicorp-vault-with-oauth2.md of
Kong/developer.konghq.com gives a client's id, its secret and the audiences: a client credentials
grant (RFC 6749, section 4.4), the secret in the body and each audience as `audience`, as the
how-to's identity provider takes it.
"""

from __future__ import annotations

import json
from typing import Any, Final, cast
from urllib.parse import urlencode, urlsplit

import urllib3

from workload_secrets.errors import InputError, ServerError
from workload_secrets.kong.entity import Entity
from workload_secrets.kong.unresolved import Unresolved
from workload_secrets.outside import SECRETS, OutsideText

_OK: Final = 200
_SECONDS: Final = 30


def access_token(entity: Entity, client_secret: str) -> str:
    """Verifies the endpoint by the system's authorities (SSL_CERT_FILE) and follows no redirect.
    Raises InputError for an endpoint of plain http, Unresolved where it gives no token, ServerError
    where it can't be reached."""
    url = entity.text("oauth2_token_endpoint")
    if urlsplit(url).scheme != "https":
        raise InputError(
            f"oauth2_token_endpoint {url or 'is not set'}; allowed: https; the client's secret goes there"
        )
    SECRETS.learn(client_secret)
    fields = [
        ("grant_type", "client_credentials"),
        ("client_id", entity.text("oauth2_client_id")),
        ("client_secret", client_secret),
        *(("audience", one.strip()) for one in entity.text("oauth2_audiences").split(",") if one.strip()),
    ]
    pool = urllib3.PoolManager(cert_reqs="CERT_REQUIRED", timeout=_SECONDS, retries=False)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    try:
        answer = pool.request("POST", url, body=urlencode(fields), headers=headers, redirect=False)
    except urllib3.exceptions.HTTPError as error:
        raise ServerError(
            f"oauth2_token_endpoint {url} can't be reached ({type(error).__name__}); correct it, or name its "
            "CA in SSL_CERT_FILE"
        ) from None
    return _token(url, answer.status, answer.data)


def _token(url: str, status: int, body: bytes) -> str:
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    fields = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    token = fields.get("access_token")
    if status == _OK and isinstance(token, str) and token:
        SECRETS.learn(token)
        return token
    # RFC 6749, section 5.2: one word; error_description may repeat what was sent.
    word = OutsideText(fields.get("error", ""))
    raise Unresolved(
        "credential",
        f"{url} gives no token: HTTP {status} {word}".rstrip(),
        "correct oauth2_client_id, its secret or oauth2_audiences",
    )
