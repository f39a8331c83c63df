"""The auth mount where those log in that are no pods: by JWT, AppRole or certificate."""

from __future__ import annotations

from typing import Literal

import pulumi
import pulumi_vault as vault

from components.config.base import Manage
from components.inputs import Args

TOKEN = "workload-secrets:vault:IdentityMount"  # noqa: S105 a type token
_DESCRIPTIONS = {
    "jwt": "Logins of jobs, by the signature of their issuer",
    "approle": "Logins of machines, by a secret id",
    "cert": "Logins by client certificate",
}


class IdentityMountArgs(Args):
    """`issuer` belongs to `jwt`, and `public_keys` (PEM texts) too, where Vault can't reach the
    issuer. `after`: the Vault namespace, where this stack makes it."""

    path: str
    method: Literal["jwt", "approle", "cert"]
    issuer: str | None = None
    public_keys: tuple[str, ...] = ()
    manage: Manage = "create"
    after: pulumi.Resource | None = None


class IdentityMount(pulumi.ComponentResource):
    """The mount, for `jwt` with its configuration. `existing` registers nothing.

    `resource` is what a role waits for, None where the mount exists.
    """

    path: pulumi.Output[str]
    resource: pulumi.CustomResource | None

    def __init__(
        self, name: str, args: IdentityMountArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(TOKEN, name, None, opts)
        self.path = pulumi.Output.from_input(args.path)
        self.resource = None
        if args.manage == "create":
            self.resource = self._jwt(name, args) if args.method == "jwt" else self._plain(name, args)
        self.register_outputs({"path": self.path})

    def _jwt(self, name: str, args: IdentityMountArgs) -> vault.jwt.AuthBackend:
        return vault.jwt.AuthBackend(
            f"{name}-backend",
            path=args.path,
            type="jwt",
            description=_DESCRIPTIONS["jwt"],
            bound_issuer=args.issuer,
            # Exactly one of the two; Vault refuses both together.
            oidc_discovery_url=None if args.public_keys else args.issuer,
            jwt_validation_pubkeys=list(args.public_keys) or None,
            opts=self._child(args),
        )

    def _plain(self, name: str, args: IdentityMountArgs) -> vault.AuthBackend:
        return vault.AuthBackend(
            f"{name}-backend",
            path=args.path,
            type=args.method,
            description=_DESCRIPTIONS[args.method],
            opts=self._child(args),
        )

    def _child(self, args: IdentityMountArgs) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=[args.after] if args.after else None)
