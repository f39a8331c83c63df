"""The Vault role of the tokens that one gateway is handed, and the policy that they have.

A token is never made here: who hands it over has it made, wrapped, with rights of his own
(`components.documents.identities.courier_policy`). So no token is ever in Pulumi's state.
"""

from __future__ import annotations

import pulumi
import pulumi_vault as vault

from components.documents.vault_policy import VaultGrant
from components.inputs import Args
from components.vault.role_policy import after, role_policy, shortened

TOKEN = "workload-secrets:vault:TokenRole"  # noqa: S105 a type token


class TokenRoleArgs(Args):
    """`life_seconds`: how long a token lives, which is never renewed. `bound_cidrs`: networks in
    which it is good, written as ADDRESS/BITS; empty: anywhere. `namespace_resource` is what the
    policy and the role wait for, where this stack makes it."""

    role_name: str
    policy_name: str
    grants: tuple[VaultGrant, ...]
    life_seconds: int
    bound_cidrs: tuple[str, ...] = ()
    namespace_resource: pulumi.Resource | None = None


class TokenRole(pulumi.ComponentResource):
    """A policy of exact paths and the role that makes tokens of this policy and of no other.

    An orphan token outlives the one who had it made. The role lies on the mount `token`, which
    every server has.
    """

    role_name: pulumi.Output[str]
    policy_name: pulumi.Output[str]
    auth_mount: pulumi.Output[str]

    def __init__(self, name: str, args: TokenRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        policy = role_policy(self, name, args.policy_name, args.grants, args.namespace_resource)
        role = vault.tokenauth.AuthBackendRole(
            f"{name}-role",
            role_name=args.role_name,
            allowed_policies=[policy.name],
            orphan=True,
            renewable=False,
            token_explicit_max_ttl=args.life_seconds,
            token_bound_cidrs=[shortened(network) for network in args.bound_cidrs] or None,
            token_no_default_policy=False,
            token_type="service",  # noqa: S106 a type: a batch token could not be revoked
            opts=after(self, args.namespace_resource),
        )
        self.role_name = role.role_name
        self.policy_name = policy.name
        self.auth_mount = pulumi.Output.from_input("token")
        self.register_outputs(
            {"role_name": self.role_name, "policy_name": self.policy_name, "auth_mount": self.auth_mount}
        )
