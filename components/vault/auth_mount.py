"""The auth mount where the cluster's ServiceAccounts log in to Vault.

Who reviews a token is explicit (facts.vault.reviewer):

- `in-cluster`: Vault runs in the cluster and asks the API server with its own token.
- `jwt`: Vault checks signatures itself, by the issuer's discovery or by given public keys.
  Nothing is revoked before it expires; the login call is the same as on a kubernetes mount.
- `client`: the client's own token asks; each workload then needs system:auth-delegator.
- `dedicated`: a reviewer's token asks. It is handed over and renewed out of band and is
  never an input. Vault replaces the whole configuration on each write, so a later write
  would erase it: in this mode the configuration is written once and changes are ignored.
"""

from __future__ import annotations

import pulumi
import pulumi_vault as vault

from components.config.base import Manage
from components.config.facts import Reviewer
from components.inputs import Args

TOKEN = "workload-secrets:vault:AuthMount"  # noqa: S105 a type token
_WRITTEN_ONCE = ["kubernetesHost", "kubernetesCaCert", "disableIssValidation", "disableLocalCaJwt"]


class AuthMountArgs(Args):
    """`ca_pem` is the API server's CA. `public_keys`: PEM texts of the cluster's token signing
    keys, for `jwt` where Vault can't reach the issuer. `after`: the Vault namespace, where
    this stack makes it."""

    path: str
    reviewer: Reviewer
    issuer: str
    api_server: str
    ca_pem: str
    public_keys: tuple[str, ...] = ()
    manage: Manage = "create"
    after: pulumi.Resource | None = None


class AuthMount(pulumi.ComponentResource):
    """The mount and its configuration. `existing` registers nothing.

    `resource` is what a role waits for, None where the mount exists.
    """

    path: pulumi.Output[str]
    resource: pulumi.CustomResource | None

    def __init__(self, name: str, args: AuthMountArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        self.resource = None
        self.path = pulumi.Output.from_input(args.path)
        if args.manage == "create":
            self.resource = self._jwt(name, args) if args.reviewer == "jwt" else self._kubernetes(name, args)
        self.register_outputs({"path": self.path})

    def _jwt(self, name: str, args: AuthMountArgs) -> vault.jwt.AuthBackend:
        backend = vault.jwt.AuthBackend(
            f"{name}-backend",
            path=args.path,
            type="jwt",
            description="Logins of the cluster's ServiceAccounts, by signature",
            bound_issuer=args.issuer,
            # Exactly one of the two; Vault refuses both together.
            oidc_discovery_url=None if args.public_keys else args.issuer,
            jwt_validation_pubkeys=list(args.public_keys) or None,
            opts=self._child(args),
        )
        self.path = backend.path.apply(lambda path: path or args.path)
        return backend

    def _kubernetes(self, name: str, args: AuthMountArgs) -> vault.AuthBackend:
        backend = vault.AuthBackend(
            f"{name}-backend",
            path=args.path,
            type="kubernetes",
            description="Logins of the cluster's ServiceAccounts, by TokenReview",
            opts=self._child(args),
        )
        vault.kubernetes.AuthBackendConfig(
            f"{name}-config",
            backend=backend.path,
            kubernetes_host=args.api_server,
            # These three are always written out: left away, the provider sends false for the
            # first, and Vault falls back to its own pod's files for the others.
            disable_iss_validation=True,
            kubernetes_ca_cert=args.ca_pem,
            disable_local_ca_jwt=args.reviewer != "in-cluster",
            opts=pulumi.ResourceOptions(
                parent=self, ignore_changes=_WRITTEN_ONCE if args.reviewer == "dedicated" else None
            ),
        )
        self.path = backend.path
        return backend

    def _child(self, args: AuthMountArgs) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=[args.after] if args.after else None)
