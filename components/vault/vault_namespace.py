"""A namespace of Vault or OpenBao that everything else of the stack lies in."""

from __future__ import annotations

import pulumi
import pulumi_vault as vault

from components.config.base import Manage
from components.inputs import Args, guarded

TOKEN = "workload-secrets:vault:VaultNamespace"  # noqa: S105 a type token


class VaultNamespaceArgs(Args):
    """`path` is the full path. Deleting a namespace deletes all in it, hence `protect`."""

    path: str
    manage: Manage = "existing"
    protect: bool = False


class VaultNamespace(pulumi.ComponentResource):
    """The namespace; `existing` registers nothing. Its provider is one of the parent namespace.

    `resource` is what the first things inside wait for, None where it exists.
    """

    path: pulumi.Output[str]
    resource: vault.Namespace | None

    def __init__(
        self, name: str, args: VaultNamespaceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(TOKEN, name, None, opts)
        self.resource = None
        if args.manage == "create":
            self.resource = vault.Namespace(
                # Servers take no slash in a name: a nested namespace is made from within its parent.
                f"{name}-namespace",
                path=args.path.rpartition("/")[2],
                opts=guarded(self, protect=args.protect),
            )
        self.path = pulumi.Output.from_input(args.path)
        self.register_outputs({"path": self.path})
