"""A mount of the database engine, which makes credentials of databases."""

from __future__ import annotations

import pulumi
import pulumi_vault as vault

from components.config.base import Manage
from components.inputs import Args, guarded

TOKEN = "workload-secrets:vault:DatabaseMount"  # noqa: S105 a type token


class DatabaseMountArgs(Args):
    """`path` without slashes at its ends. `after`: the Vault namespace, where this stack makes it."""

    path: str
    manage: Manage = "create"
    description: str | None = None
    protect: bool = False
    after: pulumi.Resource | None = None


class DatabaseMount(pulumi.ComponentResource):
    """The mount; `existing` registers nothing. Deleting it revokes every credential it gave.

    `resource` is what connections wait for, None where it exists.
    """

    path: pulumi.Output[str]
    resource: pulumi.Resource | None

    def __init__(
        self, name: str, args: DatabaseMountArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(TOKEN, name, None, opts)
        self.resource = None
        self.path = pulumi.Output.from_input(args.path)
        if args.manage == "create":
            mount = vault.Mount(
                f"{name}-mount",
                path=args.path,
                type="database",
                description=args.description,
                opts=guarded(self, protect=args.protect, after=[args.after]),
            )
            self.resource, self.path = mount, mount.path
        self.register_outputs({"path": self.path})
