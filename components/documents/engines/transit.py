"""What the deployer may do with transit mounts: make them, their keys and the keys' settings.

It may neither encrypt nor decrypt, nor rotate: keys rotate by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.config.engines.transit import TransitMount, TransitSecret
from components.config.stack import StackConfig

Paths = dict[str, tuple[str, ...]]
_WRITE: Final = ("create", "read", "update")
_OWN: Final = (*_WRITE, "delete")
_SET: Final = ("create", "update")


def transit_secrets(config: StackConfig) -> Mapping[str, TransitSecret]:
    """The declared keys."""
    return {name: secret for name, secret in config.secrets.items() if isinstance(secret, TransitSecret)}


def used_mounts(config: StackConfig) -> Mapping[str, TransitMount]:
    """The mounts of the declared keys, sorted."""
    wanted = sorted({secret.mount for secret in transit_secrets(config).values()})
    return {
        name: config.shared.transit_mounts[name] for name in wanted if name in config.shared.transit_mounts
    }


def existing_mounts(config: StackConfig) -> tuple[str, ...]:
    """The paths of the mounts that have to be there before the stack."""
    return tuple(mount.mount for mount in used_mounts(config).values() if mount.manage == "existing")


def deployer_paths(config: StackConfig) -> Paths:
    """Vault paths and their capabilities. Mounts are deleted in development only, and keys where the
    server may delete them."""
    own = _OWN if config.tier == "development" else _WRITE
    paths: Paths = {}
    for mount in used_mounts(config).values():
        if mount.manage == "create":
            paths |= {f"sys/mounts/{mount.mount}": own, f"sys/mounts/{mount.mount}/tune": _SET}
    for secret in transit_secrets(config).values():
        mount = config.shared.transit_mounts.get(secret.mount)
        if mount is not None:
            paths[f"{mount.mount}/keys/{secret.key}"] = _OWN if secret.deletion_allowed else _WRITE
            paths[f"{mount.mount}/keys/{secret.key}/config"] = ("update",)
    return paths
