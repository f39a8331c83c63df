"""The platform's engines in Vault: database, PKI, transit. Each kind has a part of its own."""

from __future__ import annotations

from components.config.stack import StackConfig
from components.platform import database as platform_database
from components.platform import pki as platform_pki
from components.platform import transit as platform_transit
from components.platform.context import VaultContext


def declare(config: StackConfig, context: VaultContext) -> None:
    """Makes every engine's mounts, roles and keys that the stack asks for."""
    platform_database.declare(config, context)
    platform_pki.declare(config, context)
    platform_transit.declare(config, context)
