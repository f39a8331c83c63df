"""A vault entity of Kong's as the gateway reads it: its fields, and Kong's defaults for the rest.

Names and defaults: kong/vaults/hcv/schema.lua of Kong/kong (revision b8ad38542056, Gateway 3.4),
for later fields app/gateway/vault/hashicorp.md of Kong/developer.konghq.com.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from workload_secrets.errors import InputError

SERVICE_ACCOUNT_TOKEN: Final = "/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 a file
DEFAULTS: Final[Mapping[str, str]] = {
    "protocol": "http",
    "host": "127.0.0.1",
    "port": "8200",
    "mount": "secret",
    "kv": "v1",
    "auth_method": "token",
    "kube_role": "default",
    "kube_auth_path": "kubernetes",
    "kube_api_token_file": SERVICE_ACCOUNT_TOKEN,
    "approle_auth_path": "approle",
}
"""What Kong takes for a field that isn't there."""
_ELSEWHERE: Final = frozenset({"protocol", "host", "port", "ssl_verify"})
"""Fields that say where a login goes: a reference's option for one would send it elsewhere."""


@dataclass(frozen=True)
class Entity:
    """The `config` of a vault entity. Fields may hold secrets, so they never show in a repr."""

    fields: Mapping[str, Any] = field(repr=False)

    def text(self, name: str) -> str:
        """A field as text, Kong's default, or nothing."""
        value = self.fields.get(name)
        return DEFAULTS.get(name, "") if value is None else str(value)

    def path(self, name: str) -> str:
        """A mount or an auth path: Kong takes one slash off either end."""
        return self.text(name).removeprefix("/").removesuffix("/")

    def flag(self, name: str) -> bool:
        """A boolean field; unset is false."""
        value = self.fields.get(name)
        return value is True or str(value).lower() == "true"

    @property
    def address(self) -> str:
        """Where the gateway sends its login. Raises InputError for plain http."""
        if self.text("protocol") != "https":
            raise InputError(
                f"protocol {self.text('protocol')}: a login would cross the network readable; "
                "allowed: https; set protocol https, which isn't Kong's default"
            )
        return f"https://{self.text('host')}:{self.text('port')}"

    def with_options(self, options: Mapping[str, str]) -> Entity:
        """The entity as the options of a reference change it (`?mount=other`): they win over its
        own fields (kong/pdk/vault.lua). Raises InputError for one that leads to another server."""
        if away := sorted(_ELSEWHERE & options.keys()):
            raise InputError(
                f"option {away[0]} of the reference would send the gateway's login elsewhere; "
                "leave it out and set the field of the vault entity"
            )
        return Entity({**self.fields, **options})
