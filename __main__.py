"""The program of every stack: loads its configuration and declares the platform."""

from __future__ import annotations

import gc
from pathlib import Path

import pulumi

from components.config.load import load
from components.platform import Platform, PlatformArgs

# Declaring makes many objects that all live to the end; collecting them each time costs a third.
gc.set_threshold(200_000, 50, 100)

platform = Platform(
    "platform", PlatformArgs(config=load(pulumi.Config("workload-secrets")), root=Path(__file__).parent)
)
pulumi.export("panel", platform.panel)
pulumi.export("roleArns", platform.role_arns)
pulumi.export("vaultRoles", platform.vault_roles)
pulumi.export("authMount", platform.auth_mount)
pulumi.export("delivery", platform.delivery)
