"""Mounts of engines that a stack calls `existing`: made as their owner would have them."""

from __future__ import annotations

from typing import Any, Final

from workload_secrets.sandbox.rest import Refused, Rest

_CA_SECONDS: Final = 3650 * 86_400
_BAD_REQUEST: Final = 400


def pki_mount(vault: Rest, path: str) -> str:
    """A PKI mount with a CA, so that roles can issue; gives what was substituted.

    Raises ServerError where the server refuses it.
    """
    mount(vault, path, {"type": "pki", "config": {"max_lease_ttl": f"{_CA_SECONDS}s"}})
    try:
        vault.call("GET", f"/v1/{path}/cert/ca")
    except Refused as refused:
        if refused.status != _BAD_REQUEST:
            raise
        body = {"common_name": f"Owner of {path}", "key_type": "ec", "key_bits": 384, "ttl": _CA_SECONDS}
        vault.call("POST", f"/v1/{path}/root/generate/internal", body)
    return f"CA of the existing PKI mount {path} → a root of the sandbox's own"


def mount(vault: Rest, path: str, body: dict[str, Any]) -> None:
    """Mounts an engine unless something is mounted there. Raises ServerError."""
    try:
        vault.call("POST", f"/v1/sys/mounts/{path}", body)
    except Refused as refused:
        if refused.status != _BAD_REQUEST or "path is already in use" not in refused.said:
            raise
