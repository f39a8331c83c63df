"""The vault entity of a Kong gateway: its fields by login method and version.

Field names, defaults and versions: app/gateway/vault/hashicorp.md and app/_data/kong-conf of
Kong/developer.konghq.com, kong/vaults/hcv/schema.lua of Kong/kong. Kong's own defaults are plain
http and KV version 1, so nothing is left to a default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Value: TypeAlias = str | int | bool
SSL_VERIFY_SINCE: Final = (3, 14)
"""Before it Kong verified no certificate of Vault's, and has no field for it."""


@dataclass(frozen=True)
class Given:
    """A value that whoever configures Kong brings along. `secret`: it must stand in no file, no
    object and no state."""

    what: str
    secret: bool = True


Field: TypeAlias = Value | Given


@dataclass(frozen=True, kw_only=True)
class VaultEntity:
    """One vault of one gateway. `fields` are the entity's `config`, in Kong's spelling."""

    gateway: str
    prefix: str
    description: str | None
    tags: tuple[str, ...]
    fields: Mapping[str, Field]

    @property
    def given(self) -> Mapping[str, Given]:
        """The fields that whoever configures Kong brings along."""
        return {name: value for name, value in self.fields.items() if isinstance(value, Given)}

    @property
    def literal(self) -> Mapping[str, Value]:
        """All other fields."""
        return {name: value for name, value in self.fields.items() if not isinstance(value, Given)}

    @property
    def holds_secrets(self) -> bool:
        """Whether it can't be a KongVault object: those have no reference to a Secret."""
        return any(value.secret for value in self.given.values())


def parsed_version(version: str) -> tuple[int, ...]:
    """`3.11.0.1` as numbers, so that versions compare."""
    return tuple(int(part) for part in version.split("."))


def base_fields(
    *,
    address: str,
    mount: str,
    version: str,
    namespace: str | None,
    times: Mapping[str, int],
    base64_decode: bool,
) -> dict[str, Field]:
    """The fields that every method has. `address` is https://HOST or https://HOST:PORT, `times`
    holds ttl, neg_ttl and resurrect_ttl in seconds."""
    host, _, port = address.removeprefix("https://").rpartition(":")
    if not host or not port.isdigit():
        host, port = address.removeprefix("https://"), "443"
    fields: dict[str, Field] = {
        "host": host,
        "port": int(port),
        "protocol": "https",
        "mount": mount,
        "kv": "v2",
        **times,
    }
    if namespace:
        fields["namespace"] = namespace
    if parsed_version(version) >= SSL_VERIFY_SINCE:
        fields["ssl_verify"] = True
    if base64_decode:
        fields["base64_decode"] = True
    return fields


def kubernetes_fields(*, role: str, auth_mount: str, token_file: str) -> dict[str, Field]:
    """The login with a ServiceAccount's token."""
    return {
        "auth_method": "kubernetes",
        "kube_role": role,
        "kube_auth_path": auth_mount,
        "kube_api_token_file": token_file,
    }


def approle_fields(*, auth_mount: str, secret_id_file: str, response_wrapping: bool) -> dict[str, Field]:
    """The login with a secret id from a file. The role id is no secret, and known only after
    the role is made."""
    return {
        "auth_method": "approle",
        "approle_auth_path": auth_mount,
        "approle_role_id": Given("the role id of the AppRole", secret=False),
        "approle_secret_id_file": secret_id_file,
        "approle_response_wrapping": response_wrapping,
    }


def token_fields() -> dict[str, Field]:
    """No login: the token as it is."""
    return {"auth_method": "token", "token": Given("a token of the vault's role")}


def oauth2_fields(
    *,
    role: str,
    token_endpoint: str,
    client_id: str,
    audience: str,
    method: Literal["oauth2", "jwt"] = "oauth2",
) -> dict[str, Field]:
    """The login with a JWT that Kong gets at a token endpoint. `method` is what the entity calls
    it; Kong's documents say both (`components.config.gateways.auth.Oauth2Auth`)."""
    return {
        "auth_method": method,
        "oauth2_role_name" if method == "oauth2" else "jwt_role": role,
        "oauth2_token_endpoint": token_endpoint,
        "oauth2_client_id": client_id,
        "oauth2_client_secret": Given("the secret of the client at the token endpoint"),
        "oauth2_audiences": audience,
    }


def cert_fields(*, role: str) -> dict[str, Field]:
    """The login with a client certificate, both as PEM text."""
    return {
        "auth_method": "cert",
        "cert_auth_role_name": role,
        "cert_auth_cert": Given("the client certificate, PEM", secret=False),
        "cert_auth_cert_key": Given("the key of the client certificate, PEM"),
    }
