"""The platform's engines in Vault: database, PKI, transit. Each kind has a part of its own."""

from __future__ import annotations

from collections.abc import Mapping

from components.config.stack import StackConfig
from components.platform import database as platform_database
from components.platform import pki as platform_pki
from components.platform import transit as platform_transit
from components.platform.context import VaultContext
from components.vault.pki_mount import PkiMount


def declare(config: StackConfig, context: VaultContext) -> Mapping[str, PkiMount]:
    """Makes every engine's mounts, roles and keys that the stack asks for; gives the mounts that
    issue certificates."""
    platform_database.declare(config, context)
    authorities = platform_pki.declare(config, context)
    platform_transit.declare(config, context)
    return authorities
