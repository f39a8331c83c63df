"""Encryption as a service: transit mounts (`shared.transitMounts`) and their keys."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator

from components.config.base import Manage, Model
from components.config.fields import Description, KvMountPath, Line, Name
from components.config.problem import refuse
from components.config.rules import between, pattern

DAY: Final = 86_400
# The server refuses a shorter period: "auto rotate period must be 0 to disable or at least an hour".
# https://openbao.org/api-docs/secret/transit/#auto_rotate_period
AUTO_ROTATE_LEAST: Final = 3600
AUTO_ROTATE_MOST: Final = 3650 * DAY


def _rotation(value: int) -> int:
    if value != 0 and not AUTO_ROTATE_LEAST <= value <= AUTO_ROTATE_MOST:
        refuse(
            value,
            f"0 (never), or {AUTO_ROTATE_LEAST} to {AUTO_ROTATE_MOST} seconds",
            "the server rotates hourly at most; write 0 to rotate by hand",
        )
    return value


TransitKeyName = Annotated[
    str,
    pattern(
        r"(?=.{1,128}$)[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?",
        "1 to 128 letters, digits and _.-, a letter or digit at both ends",
        "name one key exactly, without wildcards and slashes",
    ),
]
RotateSeconds = Annotated[int, AfterValidator(_rotation)]
KeyVersion = Annotated[int, between(1, 100_000, "as a version", "name a version the key has")]
OptionalVersion = Annotated[int, between(0, 100_000, "as a version", "write 0 for the newest")]
KeyType = Literal[
    "aes256-gcm96", "aes128-gcm96", "chacha20-poly1305", "xchacha20-poly1305", "rsa-3072", "rsa-4096"
]
"""Those that encrypt. https://openbao.org/api-docs/secret/transit/#type"""


class TransitMount(Model):
    """A mount for keys. `protect` absent: in production."""

    mount: KvMountPath
    manage: Manage = "create"
    owner: Line | None = None
    description: Description | None = None
    protect: bool | None = None


class TransitSecret(Model):
    """A key that encrypts and decrypts inside Vault. `mount` is a key of `shared.transitMounts`.

    `auto_rotate_seconds` 0: rotated by hand. `min_encryption_version` 0: always the newest.
    Versions below `min_decryption_version` can no longer be read: rewrap first.
    `convergent`: the same plaintext in the same context gives the same ciphertext.
    `exportable` and `deletion_allowed` each need a reason, and production refuses deletion.
    """

    backend: Literal["transit"]
    description: Description | None = None
    mount: Name
    key: TransitKeyName
    type: KeyType = "aes256-gcm96"
    auto_rotate_seconds: RotateSeconds = 30 * DAY
    min_decryption_version: KeyVersion = 1
    min_encryption_version: OptionalVersion = 0
    derived: bool = False
    convergent: bool = False
    deletion_allowed: bool = False
    exportable: bool = False
    reason: Line | None = None
