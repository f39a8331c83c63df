"""A transit key. Nobody reads it: workloads send it data to encrypt or decrypt."""

from __future__ import annotations

import pulumi
import pulumi_vault as vault

from components.config.engines.transit import KeyType
from components.inputs import Args, guarded

TOKEN = "workload-secrets:vault:TransitKey"  # noqa: S105 a type token


class TransitKeyArgs(Args):
    """`mount` is the mount's path. `auto_rotate_seconds` 0: rotated by hand.

    `min_encryption_version` 0: always the newest. `after`: the mount, where this stack makes it.
    """

    mount: str
    key: str
    type: KeyType = "aes256-gcm96"
    auto_rotate_seconds: int = 0
    min_decryption_version: int = 1
    min_encryption_version: int = 0
    derived: bool = False
    convergent: bool = False
    deletion_allowed: bool = False
    exportable: bool = False
    protect: bool = False
    after: pulumi.Resource | None = None


class TransitKey(pulumi.ComponentResource):
    """The key and its settings. What it encrypted is lost with it, so the server refuses to delete it
    unless `deletion_allowed`. Such a key is protected in every tier: `pulumi destroy` would only fail at it.
    https://developer.hashicorp.com/vault/api-docs/secret/transit#deletion_allowed"""

    path: pulumi.Output[str]

    def __init__(self, name: str, args: TransitKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        key = vault.transit.SecretBackendKey(
            f"{name}-key",
            backend=args.mount,
            name=args.key,
            type=args.type,
            auto_rotate_period=args.auto_rotate_seconds,
            min_decryption_version=args.min_decryption_version,
            min_encryption_version=args.min_encryption_version,
            derived=args.derived or args.convergent,  # the same ciphertext needs a context
            convergent_encryption=args.convergent,
            deletion_allowed=args.deletion_allowed,
            exportable=args.exportable,
            allow_plaintext_backup=False,  # a backup would hold the key in clear text
            opts=guarded(self, protect=args.protect or not args.deletion_allowed, after=[args.after]),
        )
        self.path = pulumi.Output.concat(key.backend, "/keys/", key.name)
        self.register_outputs({"path": self.path})
