"""What the objects that deliver secrets are built from, and what they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Kind = Literal["kv", "database", "pki"]
TOKEN_SECONDS: Final = 600
"""Life of a token that an operator mints to log in: the least Kubernetes gives."""
PKI_KEYS: Final = ("certificate", "private_key", "issuing_ca")
"""What is delivered of an issued certificate, each as one PEM text."""


@dataclass(frozen=True, kw_only=True)
class CustomObject:
    """One custom resource. `role` names it among the objects of its workload, `files` is what
    a SecretProviderClass mounts."""

    role: str
    api_version: str
    kind: str
    plural: str
    namespace: str
    name: str
    spec: Mapping[str, Any]
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    files: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        return self.api_version.partition("/")[0]


@dataclass(frozen=True, kw_only=True)
class VaultClient:
    """How an operator logs in to Vault on behalf of a workload.

    `namespace` is Vault's. A jwt mount takes the same login call as a kubernetes mount, so the
    objects have one form for both. `ca_pem` is the text of Vault's CA, if it isn't public.
    """

    address: str
    auth_mount: str
    role: str
    audience: str
    service_account: str
    namespace: str | None = None
    ca_pem: str | None = None


@dataclass(frozen=True, kw_only=True)
class VaultRead:
    """One secret of Vault, as it is asked for. `secret` is its declared name.

    `path` is a KV path, or the name of a database or PKI role. `keys` are those delivered.
    `static` belongs to a database role, `common_name`, `alt_names` and `ttl_seconds` to a
    certificate.
    """

    secret: str
    kind: Kind
    mount: str
    path: str
    keys: tuple[str, ...]
    static: bool = False
    common_name: str = ""
    alt_names: tuple[str, ...] = ()
    ttl_seconds: int = 0

    @property
    def below_mount(self) -> str:
        """The request's path without the mount."""
        if self.kind == "kv":
            return f"data/{self.path}"
        if self.kind == "pki":
            return f"issue/{self.path}"
        return f"{'static-creds' if self.static else 'creds'}/{self.path}"

    @property
    def arguments(self) -> dict[str, str]:
        """The body of the request, empty where it has none."""
        if self.kind != "pki":
            return {}
        made = {"common_name": self.common_name, "ttl": f"{self.ttl_seconds}s"}
        return {**made, "alt_names": ",".join(self.alt_names)} if self.alt_names else made

    @property
    def request(self) -> str:
        """The request's path."""
        return f"{self.mount}/{self.below_mount}"


@dataclass(frozen=True, kw_only=True)
class AwsRead:
    """One secret of AWS Secrets Manager, nested JSON. `keys` are dotted names."""

    secret: str
    name: str
    keys: tuple[str, ...]


def nested_parts(key: str) -> tuple[str, ...]:
    """Where a dotted key stands in nested JSON: split at its first dot only
    (workload_secrets/keys/encoding.py)."""
    group, dot, rest = key.partition(".")
    return (group, rest) if dot else (group,)


def duration(seconds: int) -> str:
    """Seconds as Go prints a duration: 3600 is 1h0m0s."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
