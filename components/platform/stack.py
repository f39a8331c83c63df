"""The platform of each kind of stack, and what the stack exports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
from pydantic import Field

from components.config.stack import StackConfig
from components.config.vault_server import ServerStack
from components.outputs import Exported, table
from components.platform.platform import Platform, PlatformArgs
from components.platform.server import VaultServerPlatform, VaultServerPlatformArgs

Table = Mapping[str, Mapping[str, Any]]


class StackOutputs(Exported):
    """What a stack of workloads exports, in the order it is shown."""

    secrets: Table = Field(description="Where each secret is, by its name in the stack file")
    workloads: Table = Field(
        description="Who each workload is and what it logs in with; Kong vaults with their own login too"
    )
    writers: Table = Field(description="The same for each writer")
    panel: pulumi.Output[list[dict[str, str]]] = Field(
        description="What a person types into the [Mendix panel](mendix-panel.md)"
    )
    delivery: pulumi.Output[dict[str, Any]] = Field(
        description="What belongs into each workload's pod template ([delivery](delivery.md))"
    )
    gateways: pulumi.Output[dict[str, Any]] = Field(
        description="What Kong gateways are configured with ([Kong](kong.md))"
    )
    ci: pulumi.Output[dict[str, Any]] = Field(
        description="What the workflows' GitHub environments are set up with ([CI](ci.md))"
    )


class ServerOutputs(Exported):
    """What a stack that runs a Vault server exports."""

    address: pulumi.Output[str] = Field(description="Address of the server, with its port")
    ca: pulumi.Output[dict[str, str]] = Field(
        description="Its CA: the text as `pem`, or as `secret` where the text will be: namespace/name and key"
    )


def declare(config: StackConfig | ServerStack, root: Path) -> Mapping[str, Any]:
    """Declares the one platform of the program; its exports by name. `root` is the project folder."""
    if isinstance(config, ServerStack):
        server = VaultServerPlatform("platform", VaultServerPlatformArgs(stack=config, root=root))
        return ServerOutputs(address=server.address, ca=server.ca).exported()
    platform = Platform("platform", PlatformArgs(config=config, root=root))
    return StackOutputs(
        secrets=table(platform.secrets),
        workloads=table(platform.workloads),
        writers=table(platform.writers),
        panel=platform.panel,
        delivery=platform.delivery,
        gateways=platform.gateways,
        ci=platform.ci,
    ).exported()
