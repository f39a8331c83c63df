"""Encryption keys: that they can't leave, can't vanish, and can be used as declared."""

from __future__ import annotations

from collections.abc import Iterator

from components.config import products
from components.config.engines.transit import TransitSecret
from components.config.problem import Problem, shown, undeclared
from components.config.stack import StackConfig
from components.documents.engines.transit import transit_secrets


def check(config: StackConfig) -> Iterator[Problem]:
    """Problems of every transit key."""
    for name, secret in transit_secrets(config).items():
        key = f"secrets.{name}"
        if secret.mount not in config.shared.transit_mounts:
            yield undeclared(f"{key}.mount", secret.mount, "transitMounts", config.shared.transit_mounts)
        yield from _guards(config, key, secret)
        yield from _versions(key, secret)
        yield from _type(config, key, secret)


def _guards(config: StackConfig, key: str, secret: TransitSecret) -> Iterator[Problem]:
    if secret.deletion_allowed and config.tier == "production":
        yield Problem(
            key=f"{key}.deletionAllowed",
            got="true",
            allowed="false in production",
            remedy="remove the key: with it goes all that it encrypted; retire it by minDecryptionVersion",
        )
    for part, said in (("exportable", secret.exportable), ("deletionAllowed", secret.deletion_allowed)):
        if said and secret.reason is None:
            yield Problem(
                key=f"{key}.{part}",
                got="true, without a reason",
                allowed="false, or a reason beside it",
                remedy=f"remove {part}, or write in reason why and until when; an exported key can't be "
                "called back"
                if part == "exportable"
                else f"remove {part}, or write in reason why and until when",
            )


def _versions(key: str, secret: TransitSecret) -> Iterator[Problem]:
    least, encrypts = secret.min_decryption_version, secret.min_encryption_version
    if 0 < encrypts < least:
        yield Problem(
            key=f"{key}.minEncryptionVersion",
            got=shown(encrypts),
            allowed=f"0 (the newest), or at least minDecryptionVersion, {least}",
            remedy="remove the key: nobody could read what older versions encrypt",
        )


def _type(config: StackConfig, key: str, secret: TransitSecret) -> Iterator[Problem]:
    vault = config.facts.vault
    if secret.type.startswith("rsa-") and (secret.derived or secret.convergent):
        yield Problem(
            key=f"{key}.{'convergent' if secret.convergent else 'derived'}",
            got="true",
            allowed=f"false for {secret.type}",
            remedy="use type: aes256-gcm96, or remove the key",
        )
    if vault is not None and secret.type.startswith("xchacha") and not products.can(vault, "xchacha20"):
        yield Problem(
            key=f"{key}.type",
            got=shown(secret.type),
            allowed=f"a type that {vault.product} {vault.version} has",
            remedy="use aes256-gcm96 or chacha20-poly1305",
        )
