"""The platform of each kind of stack, and what the stack exports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from components.config.stack import StackConfig
from components.config.vault_server import ServerStack
from components.platform.platform import Platform, PlatformArgs
from components.platform.server import VaultServerPlatform, VaultServerPlatformArgs


def declare(config: StackConfig | ServerStack, root: Path) -> Mapping[str, pulumi.Output[Any]]:
    """Declares the one platform of the program; its exports by name. `root` is the project folder."""
    if isinstance(config, ServerStack):
        server = VaultServerPlatform("platform", VaultServerPlatformArgs(stack=config, root=root))
        return {"address": server.address, "ca": server.ca}
    platform = Platform("platform", PlatformArgs(config=config, root=root))
    return {
        "panel": platform.panel,
        "roleArns": platform.role_arns,
        "vaultRoles": platform.vault_roles,
        "authMount": platform.auth_mount,
        "delivery": platform.delivery,
        "gateways": platform.gateways,
        "ci": platform.ci,
    }
