"""A vault and the keyring of a Kong gateway as the environment of its containers.

Entities stand in Kong's database: a reference that Kong reads before it, such as the database's
password, is resolved by the vault of the environment, whose prefix is hcv. Names: app/_data/
kong-conf/3.15.json of Kong/developer.konghq.com; a setting NAME is read from KONG_NAME.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from components.documents.kong.entity import Field, Given, Value, VaultEntity

NAMES: Final[Mapping[str, str]] = {"base64_decode": "decode_base64", "oauth2_role_name": "jwt_role"}
"""What kong.conf calls an entity's field, where it is another name."""
METHODS: Final[Mapping[str, str]] = {"oauth2": "jwt"}
"""What kong.conf calls an entity's login method, where it is another name."""
_VAULT: Final = "KONG_VAULT_HCV_"
_KEYRING: Final = "KONG_KEYRING_"


@dataclass(frozen=True, kw_only=True)
class Keyring:
    """Where Kong finds its keys. `address` is https://HOST:PORT, `path` below `mount` without
    data/. Kong logs in at auth/kubernetes and nowhere else, and in no namespace."""

    address: str
    mount: str
    path: str
    role: str
    token_file: str


def vault_environment(entity: VaultEntity) -> dict[str, str]:
    """The settings of an entity's fields, but those that are brought along."""
    return {name_of(field): text(_renamed(field, value)) for field, value in entity.literal.items()}


def brought_along(entity: VaultEntity) -> dict[str, Given]:
    """By name, what is to be set from a Kubernetes Secret."""
    return {name_of(field): given for field, given in entity.given.items()}


def keyring_environment(keyring: Keyring) -> dict[str, str]:
    """The settings of a keyring in Vault, with the login by ServiceAccount."""
    settings = {
        "ENABLED": "on",
        "STRATEGY": "vault",
        "VAULT_HOST": keyring.address,
        "VAULT_MOUNT": keyring.mount,
        "VAULT_PATH": keyring.path,
        "VAULT_AUTH_METHOD": "kubernetes",
        "VAULT_KUBE_ROLE": keyring.role,
        "VAULT_KUBE_API_TOKEN_FILE": keyring.token_file,
    }
    return {_KEYRING + name: value for name, value in settings.items()}


def with_port(address: str) -> str:
    """https://HOST:PORT of an address that may leave the port out, as a keyring's host needs it."""
    return address if address.rpartition(":")[2].isdigit() else f"{address}:443"


def name_of(field: str) -> str:
    """The variable of an entity's field."""
    return _VAULT + NAMES.get(field, field).upper()


def text(value: Value) -> str:
    """A value as Kong reads it back: of truth values only these words are read everywhere
    (kong/conf_loader/parse.lua, kong/api/arguments.lua of Kong/kong)."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _renamed(field: str, value: Field) -> Value:
    if isinstance(value, Given):
        raise ValueError(f"{field} is brought along")
    return METHODS.get(value, value) if field == "auth_method" and isinstance(value, str) else value
