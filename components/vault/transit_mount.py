"""A transit mount: where keys lie that encrypt without being seen."""

from __future__ import annotations

import pulumi
import pulumi_vault as vault

from components.config.base import Manage
from components.inputs import Args, guarded

TOKEN = "workload-secrets:vault:TransitMount"  # noqa: S105 a type token


class TransitMountArgs(Args):
    """`path` without slashes at its ends. `after`: the Vault namespace, where this stack makes it."""

    path: str
    manage: Manage = "create"
    description: str | None = None
    protect: bool = False
    after: pulumi.Resource | None = None


class TransitMount(pulumi.ComponentResource):
    """The mount; `resource` is what keys wait for. `existing` registers nothing."""

    path: pulumi.Output[str]

    def __init__(self, name: str, args: TransitMountArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        self.resource: pulumi.Resource | None = None
        self.path = pulumi.Output.from_input(args.path)
        if args.manage == "create":
            mount = vault.Mount(
                f"{name}-mount",
                path=args.path,
                type="transit",
                description=args.description,
                opts=guarded(self, protect=args.protect, after=[args.after]),
            )
            self.resource, self.path = mount, mount.path
        self.register_outputs({"path": self.path})
