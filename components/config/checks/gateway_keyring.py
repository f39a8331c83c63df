"""Kong's keyring in Vault: its own mount, where no version of a key is ever lost.

Every version of the secret is a key that may still encrypt rows of Kong's database, so a version
that Vault drops makes them unreadable. Sources: app/gateway/keyring.md and
app/_how-tos/gateway/store-keyring-in-hashicorp-vault.md of Kong/developer.konghq.com, the
parameters keyring_vault_* of its app/_data/kong-conf.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from components.config import resolve
from components.config.checks import gateway_logins
from components.config.gateways.model import Gateway
from components.config.problem import Problem, shown
from components.config.secrets import VaultSecret
from components.config.shared import KvMount
from components.config.stack import StackConfig
from components.limits import KV_VERSIONS_MAX

KEYS: Final = ("id", "key")
AUTH_MOUNT: Final = "kubernetes"
"""Kong's keyring logs in at auth/kubernetes/login and has no field for another path."""


def check(config: StackConfig, key: str, gateway: Gateway) -> Iterator[Problem]:
    """Problems of one gateway's keyring; nothing where it has none."""
    keyring = gateway.keyring
    if keyring is None:
        return
    at = f"{key}.keyring"
    if gateway.konnect is not None:
        yield Problem(
            key=at,
            got="a keyring beside konnect",
            allowed="a keyring of a gateway with its own database: Konnect has none to encrypt",
            remedy="remove one of the two",
        )
    yield from _facts(config, at)
    yield from gateway_logins.token_file(config, f"{at}.tokenFile", gateway, keyring.token_file)
    secret = config.secrets.get(keyring.secret)
    if not isinstance(secret, VaultSecret):
        known = sorted(resolve.kv_secrets(config))
        yield Problem(
            key=f"{at}.secret",
            got=shown(keyring.secret),
            allowed=f"a declared secret of backend vault: {', '.join(known) or 'none is declared'}",
            remedy="declare it in secrets with the keys id and key, or correct the name",
        )
        return
    yield from _keys(at, keyring.secret, secret)
    mount = config.shared.kv_mounts.get(secret.mount)
    if mount is not None:
        yield from _versions(secret.mount, mount)
    yield from _alone(config, at, keyring.secret, secret)


def _facts(config: StackConfig, at: str) -> Iterator[Problem]:
    vault = config.facts.vault
    if vault is not None and vault.auth_mount != AUTH_MOUNT:
        yield Problem(
            key=at,
            got=f"a keyring, with facts.vault.authMount {shown(vault.auth_mount)}",
            allowed=f"facts.vault.authMount {AUTH_MOUNT}: a keyring logs in there and nowhere else",
            remedy=f"mount the login at {AUTH_MOUNT}, or remove the keyring",
        )
    if vault is not None and vault.namespace:
        yield Problem(
            key=at,
            got=f"a keyring in the Vault namespace {shown(vault.namespace)}",
            allowed="a keyring outside Vault namespaces: Kong has no field for one",
            remedy="declare the gateway in a stack without facts.vault.namespace, or remove the keyring",
        )


def _keys(at: str, name: str, secret: VaultSecret) -> Iterator[Problem]:
    found = sorted(key.name for key in resolve.resolved_keys(secret))
    if found != list(KEYS):
        yield Problem(
            key=f"{at}.secret",
            got=f"{shown(name)} with the keys {shown(', '.join(found))}",
            allowed="a secret with exactly the keys id and key, as Kong reads them",
            remedy=f"correct secrets.{name}.keys",
        )


def _versions(name: str, mount: KvMount) -> Iterator[Problem]:
    why = "every version is a key that may still encrypt rows of Kong's database"
    if mount.max_versions < KV_VERSIONS_MAX:
        yield Problem(
            key=f"shared.kvMounts.{name}.maxVersions",
            got=shown(mount.max_versions),
            allowed=f"{KV_VERSIONS_MAX}, the most there is, for the mount of a keyring: {why}",
            remedy=f"write maxVersions: {KV_VERSIONS_MAX}",
        )
    if mount.delete_version_after_seconds is not None:
        yield Problem(
            key=f"shared.kvMounts.{name}.deleteVersionAfterSeconds",
            got=shown(mount.delete_version_after_seconds),
            allowed=f"nothing, for the mount of a keyring: {why}",
            remedy="remove the key",
        )


def _alone(config: StackConfig, at: str, name: str, secret: VaultSecret) -> Iterator[Problem]:
    """The mount's retention would keep a thousand old values of every other secret too."""
    others = [n for n, s in resolve.kv_secrets(config).items() if s.mount == secret.mount and n != name]
    if others:
        yield Problem(
            key=f"{at}.secret",
            got=f"{shown(name)} in mount {secret.mount} beside {', '.join(sorted(others)[:5])}",
            allowed="a mount of its own: it keeps every old version, which other secrets should not",
            remedy="declare another mount in shared.kvMounts for the keyring",
        )
