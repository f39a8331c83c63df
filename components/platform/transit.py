"""The platform's transit engine: the mounts, and a key for each declared secret."""

from __future__ import annotations

from components.config.stack import StackConfig
from components.documents.engines.transit import transit_secrets, used_mounts
from components.platform.context import VaultContext
from components.vault.transit_key import TransitKey, TransitKeyArgs
from components.vault.transit_mount import TransitMount, TransitMountArgs


def declare(config: StackConfig, context: VaultContext) -> None:
    """Makes what the stack asks for; nothing where it has no transit key."""
    made: dict[str, TransitMount] = {}
    for name, mount in used_mounts(config).items():
        args = TransitMountArgs(
            path=mount.mount,
            manage=mount.manage,
            description=mount.description,
            protect=context.protect if mount.protect is None else mount.protect,
            after=context.namespace,
        )
        made[name] = TransitMount(name, args, context.opts)
    for name, secret in transit_secrets(config).items():
        mount = config.shared.transit_mounts[secret.mount]
        args = TransitKeyArgs(
            mount=mount.mount,
            key=secret.key,
            type=secret.type,
            auto_rotate_seconds=secret.auto_rotate_seconds,
            min_decryption_version=secret.min_decryption_version,
            min_encryption_version=secret.min_encryption_version,
            derived=secret.derived,
            convergent=secret.convergent,
            deletion_allowed=secret.deletion_allowed,
            exportable=secret.exportable,
            protect=context.protect if mount.protect is None else mount.protect,
            after=made[secret.mount].resource,
        )
        TransitKey(name, args, context.opts)
