"""The Vault role of one machine, and the policy it gets.

Its secret id is never made here: who hands it over makes it, wrapped, with rights of his own
(`components.documents.identities.courier_policy`). So no secret id is ever in Pulumi's state.
"""

from __future__ import annotations

import pulumi
import pulumi_vault as vault

from components.vault.role_policy import RoleArgs, after, role_policy, shortened

TOKEN = "workload-secrets:vault:AppRole"  # noqa: S105 a type token


class AppRoleArgs(RoleArgs):
    """`bound_cidrs`: networks in which a secret id is good, `token_bound_cidrs` those in which
    the token of a login is; written as ADDRESS/BITS. Times are seconds. `secret_id_uses` 0: any
    number of logins."""

    bound_cidrs: tuple[str, ...]
    token_bound_cidrs: tuple[str, ...]
    secret_id_ttl_seconds: int
    secret_id_uses: int


class AppRole(pulumi.ComponentResource):
    """A policy of exact paths and the role that asks for a secret id from the named networks.

    `role_id` names the role at a login. It is no secret; without a secret id it is worth nothing.
    """

    role_name: pulumi.Output[str]
    role_id: pulumi.Output[str]
    policy_name: pulumi.Output[str]
    auth_mount: pulumi.Output[str]

    def __init__(self, name: str, args: AppRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        policy = role_policy(self, name, args.policy_name, args.grants, args.namespace_resource)
        role = vault.approle.AuthBackendRole(
            f"{name}-role",
            backend=args.auth_mount,
            role_name=args.role_name,
            bind_secret_id=True,
            secret_id_bound_cidrs=list(args.bound_cidrs),
            secret_id_ttl=args.secret_id_ttl_seconds,
            secret_id_num_uses=args.secret_id_uses,
            token_bound_cidrs=[shortened(network) for network in args.token_bound_cidrs],
            token_policies=[policy.name],
            token_ttl=args.token_ttl_seconds,
            token_max_ttl=args.token_max_ttl_seconds,
            token_no_default_policy=False,
            opts=after(self, args.auth_backend),
        )
        self.role_name = role.role_name
        self.role_id = role.role_id
        self.policy_name = policy.name
        self.auth_mount = pulumi.Output.from_input(args.auth_mount)
        self.register_outputs(
            {
                "role_name": self.role_name,
                "role_id": self.role_id,
                "policy_name": self.policy_name,
                "auth_mount": self.auth_mount,
            }
        )
