"""What a person types into the admin panel of the Private Mendix Platform."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from components.config import resolve
from components.config.errors import ConfigError
from components.config.resolve import Principal, ResolvedKey
from components.config.secrets import AwsSecret, StoreSecret
from components.config.stack import StackConfig
from components.documents.kong.environment import with_port


def rows(config: StackConfig) -> list[dict[str, str]]:
    """One row a credential of each Mendix workload, in the catalogue's order.

    Keys: workload, credential, page, storage (AWS, Vault, Database), secretName, keyName.
    The last two are absent for Database. Raises ConfigError where two secrets claim a key.
    """
    if found := conflicts(config):
        raise ConfigError("\n".join(text for _, text in found))
    mendix = [principal for principal in resolve.principals(config).values() if principal.mendix]
    return [row for principal in mendix for row in _rows(config, principal)]


def conflicts(config: StackConfig) -> list[tuple[str, str]]:
    """Every credential that two secrets of a Mendix workload claim: workload and reason."""
    return [
        (principal.name, f"{key.name} is claimed by {' and '.join(claimants)}")
        for principal in resolve.principals(config).values()
        if principal.mendix
        for key, claimants in _claims(config, principal)
        if len(claimants) > 1
    ]


def secret_name(config: StackConfig, secret: StoreSecret) -> str:
    """The panel's SecretName. AWS: the secret's name; Vault: its URL, with port, without data/."""
    if isinstance(secret, AwsSecret):
        return secret.name
    endpoint = config.endpoints.vault
    if endpoint is None:
        raise ConfigError("endpoints.vault: got nothing; allowed: the address of Vault; remedy: add the key")
    mount = config.shared.kv_mounts[secret.mount].mount
    return f"{with_port(endpoint.address)}/{mount}/{secret.path}"


def _claims(config: StackConfig, principal: Principal) -> Iterator[tuple[ResolvedKey, list[str]]]:
    """Each key with the secrets that claim it: those that name it, else those that name none."""
    touched = {name: config.secrets[name] for name in principal.reads if name in config.secrets}
    secrets = {name: secret for name, secret in touched.items() if isinstance(secret, StoreSecret)}
    keys = {key.name: key for secret in secrets.values() for key in resolve.resolved_keys(secret)}
    held = {
        name: {key.name for key in resolve.resolved_keys(secret) if key.in_use}
        for name, secret in secrets.items()
    }
    for key in keys.values():
        holders = [name for name in secrets if key.name in held[name]]
        named = [name for name in holders if secrets[name].uses]
        yield key, named or holders


def _rows(config: StackConfig, principal: Principal) -> Iterator[dict[str, str]]:
    for key, claimants in _claims(config, principal):
        row = {
            "workload": principal.name,
            "credential": key.name,
            "page": key.panel or "not in the catalogue",
            "storage": "Database",
        }
        if claimants:
            secret = cast("StoreSecret", config.secrets[claimants[0]])
            row["storage"] = "AWS" if isinstance(secret, AwsSecret) else "Vault"
            row |= {"secretName": secret_name(config, secret), "keyName": key.name}
        yield row
