"""The platform's engines in Vault: database, PKI, transit. Each kind has a part of its own."""

from __future__ import annotations

from components import platform_database, platform_pki, platform_transit
from components.config.stack import StackConfig
from components.platform_context import VaultContext


def declare(config: StackConfig, context: VaultContext) -> None:
    """Makes every engine's mounts, roles and keys that the stack asks for."""
    platform_database.declare(config, context)
    platform_pki.declare(config, context)
    platform_transit.declare(config, context)
