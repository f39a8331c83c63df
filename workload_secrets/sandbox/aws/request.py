"""What the front is told, and what it is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

RootClient: TypeAlias = Callable[[str, str, str], Any]
"""Gives an account's root client: (service, account, region)."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the front needs to know. `keys` are public keys (PEM) by issuer."""

    port: int
    upstream: int
    certificate: str
    key: str
    accounts: Mapping[str, str]
    keys: Mapping[str, str]

    @classmethod
    def read(cls, file: Path) -> Settings:
        """Reads the settings file."""
        data = json.loads(file.read_text())
        keys = {item["issuer"]: Path(item["publicKeyFile"]).read_text() for item in data["issuers"]}
        names = ("port", "upstream", "certificate", "key", "accounts")
        return cls(keys=keys, **{name: data[name] for name in names})


@dataclass(frozen=True)
class Request:
    """One request as it came. `headers` have lower-case names."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The parameters of the query protocol, from the query string and the body."""
        pairs = parse_qsl(urlsplit(self.target).query, keep_blank_values=True)
        if "form" in self.headers.get("content-type", ""):
            pairs += parse_qsl(self.body.decode(), keep_blank_values=True)
        return dict(pairs)

    @property
    def target_operation(self) -> tuple[str, str]:
        """Service and operation of the JSON protocol, empty where it is another."""
        service, _, operation = self.headers.get("x-amz-target", "").rpartition(".")
        return service, operation
