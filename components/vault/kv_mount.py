"""A KV version 2 mount: where the stack's Vault secrets lie."""

from __future__ import annotations

import pulumi
import pulumi_vault as vault

from components.config.base import Manage
from components.inputs import Args, guarded

TOKEN = "workload-secrets:vault:KvMount"  # noqa: S105 a type token


class KvMountArgs(Args):
    """`path` without slashes at its ends. `delete_version_after_seconds` None: never.

    `after`: the Vault namespace, where this stack makes it.
    """

    path: str
    manage: Manage = "create"
    description: str | None = None
    max_versions: int = 10
    cas_required: bool = False
    delete_version_after_seconds: int | None = None
    protect: bool = False
    after: pulumi.Resource | None = None


class KvMount(pulumi.ComponentResource):
    """The mount with its settings. `existing` registers nothing: its settings are its owner's,
    and that it is of version 2 is checked where the program meets the server."""

    path: pulumi.Output[str]

    def __init__(self, name: str, args: KvMountArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        if args.manage == "create":
            self.path = self._create(name, args)
        else:
            self.path = pulumi.Output.from_input(args.path)
        self.register_outputs({"path": self.path})

    def _create(self, name: str, args: KvMountArgs) -> pulumi.Output[str]:
        mount = vault.Mount(
            f"{name}-mount",
            path=args.path,
            type="kv",
            options={"version": "2"},  # without it Vault makes version 1, which PMP can't read
            description=args.description,
            opts=guarded(self, protect=args.protect, after=[args.after]),
        )
        vault.kv.SecretBackendV2(
            f"{name}-config",
            mount=mount.path,
            max_versions=args.max_versions,
            cas_required=args.cas_required,
            delete_version_after=args.delete_version_after_seconds,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return mount.path
