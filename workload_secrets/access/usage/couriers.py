"""How a courier asks for what it hands over: a secret id or a token, wrapped or not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from workload_secrets.access.usage.context import UsageContext
from workload_secrets.declaration import VaultIdentity
from workload_secrets.keys.vault_http import Answer, VaultHttp

WRAP: Final = 60
TOO_LONG: Final = 3600
"""Seconds of wrapping: one that a courier may ask for, and one that it may not."""


def client(context: UsageContext, file: Path | None, own: VaultIdentity) -> VaultHttp | None:
    """A client with the token in `file`, in the principal's Vault namespace; None where there is
    no such token."""
    if file is None or context.admin is None:
        return None
    return context.admin.http.as_token(file.read_text().strip(), own.vault_namespace)


def asked(
    http: VaultHttp, path: str, wrap_seconds: int | None, wish: Mapping[str, object] | None = None
) -> Answer:
    """What the server says to a request for one, wrapped for so long; None asks for it bare."""
    headers = {"X-Vault-Wrap-TTL": f"{wrap_seconds}s"} if wrap_seconds else None
    return http.call("POST", path, dict(wish or {}), headers=headers)
