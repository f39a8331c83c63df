"""Checks of root keys' signatures: the emulator takes any signature of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs, urlsplit

from ministack.core import sigv4

from workload_secrets.sandbox.aws.web_identity import Denied

_CREDENTIAL: Final = re.compile(r"^AWS4-HMAC-SHA256 .*?Credential=([^/,\s]+)/\d{8}/([^/,\s]+)/([^/,\s]+)/")
_ROOT: Final = re.compile(r"^\d{12}$")
_FORBIDDEN: Final = 403


def access_key(headers: Mapping[str, str]) -> str | None:
    """The access key a request is signed with (SigV4 header), or None."""
    found = _CREDENTIAL.match(headers.get("authorization", ""))
    return found.group(1) if found else None


def region_of(headers: Mapping[str, str]) -> str | None:
    """The region a request is signed for, or None."""
    found = _CREDENTIAL.match(headers.get("authorization", ""))
    return found.group(2) if found else None


def as_root(headers: Mapping[str, str], account: str) -> dict[str, str]:
    """The headers of the same request by the account's root, whose signature the emulator doesn't
    check. Only for a request whose own signature the emulator has checked."""
    own = headers["authorization"].replace(f"Credential={access_key(headers)}/", f"Credential={account}/", 1)
    kept = {name: value for name, value in headers.items() if name != "x-amz-security-token"}
    return {**kept, "authorization": own}


def check_root(
    accounts: Mapping[str, str], method: str, target: str, headers: Mapping[str, str], body: bytes
) -> None:
    """Raises Denied for a request that is unsigned, or signed by a root key and wrongly.

    `accounts` are the root keys' secrets by account; `headers` have lower-case names. IAM users
    and sessions (keys that start with AKIA or ASIA) are the emulator's to check.
    """
    key = access_key(headers)
    if key is None:
        raise Denied("MissingAuthenticationToken", "the request is not signed by a SigV4 header", _FORBIDDEN)
    if key.startswith(("AKIA", "ASIA")):
        return
    if not _ROOT.match(key) or key not in accounts:
        raise Denied("InvalidClientTokenId", "the access key is unknown", _FORBIDDEN)
    signature = sigv4.parse_header_signature(dict(headers))
    if isinstance(signature, tuple):
        raise Denied(str(signature[0]), str(signature[1]), _FORBIDDEN)
    url = urlsplit(target)
    query = parse_qs(url.query, keep_blank_values=True)
    failure = sigv4.request_time_failure(signature) or sigv4.header_signature_failure(
        signature, accounts[key], method, url.path, query, dict(headers), body
    )
    if failure:
        raise Denied(str(failure[0]), "the signature does not match", _FORBIDDEN)
