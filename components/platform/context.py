"""What the parts of the platform that make things in Vault have in common."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pulumi

from components.config.facts import VaultFacts


@dataclass(frozen=True, kw_only=True)
class VaultContext:
    """`opts` hold parent and provider. `namespace` is what everything waits for, where this
    stack makes it. `protect`: whether what holds values is protected. `root` is the project
    folder."""

    facts: VaultFacts
    opts: pulumi.ResourceOptions
    parent: pulumi.Resource
    provider: pulumi.ProviderResource
    namespace: pulumi.Resource | None
    protect: bool
    root: Path

    def after(self, *resources: pulumi.Resource) -> pulumi.ResourceOptions:
        """The same options, and waiting for these too."""
        return pulumi.ResourceOptions.merge(self.opts, pulumi.ResourceOptions(depends_on=list(resources)))
