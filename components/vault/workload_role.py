"""The Vault role of one ServiceAccount, and the policy it gets."""

from __future__ import annotations

from typing import Literal

import pulumi
import pulumi_vault as vault

from components.documents.vault_policy import VaultGrant, vault_policy
from components.inputs import Args

TOKEN = "workload-secrets:vault:WorkloadRole"  # noqa: S105 a type token
_NO_LEEWAY = -1
"""Zero means Vault's default, up to 150 seconds: an expired token would still log in."""


class WorkloadRoleArgs(Args):
    """Exact names; Vault would take globs. `method` follows the mount's type. Times are seconds.

    `audience` is always set: without it a token minted for another service logs in.
    `namespace_resource` and `auth_backend` are what the policy and the role wait for, where
    this stack makes them.
    """

    auth_mount: str
    method: Literal["kubernetes", "jwt"]
    role_name: str
    policy_name: str
    namespace: str
    service_account: str
    audience: str
    grants: tuple[VaultGrant, ...]
    token_ttl_seconds: int
    token_max_ttl_seconds: int
    namespace_resource: pulumi.Resource | None = None
    auth_backend: pulumi.Resource | None = None

    @property
    def subject(self) -> str:
        return f"system:serviceaccount:{self.namespace}:{self.service_account}"


class WorkloadRole(pulumi.ComponentResource):
    """A policy of exact paths and the role that binds it to one ServiceAccount.

    Vault's `default` policy stays on the token: it grants nothing on secrets, and clients
    need its renew-self and lookup-self, the live proof its capabilities-self.
    """

    role_name: pulumi.Output[str]
    policy_name: pulumi.Output[str]
    auth_mount: pulumi.Output[str]

    def __init__(self, name: str, args: WorkloadRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        policy = vault.Policy(
            f"{name}-policy",
            name=args.policy_name,
            policy=vault_policy(args.grants),
            allow_overwrite=False,  # the provider's default replaces a foreign policy in silence
            opts=self._child(args.namespace_resource),
        )
        role = self._jwt(name, args, policy) if args.method == "jwt" else self._kubernetes(name, args, policy)
        self.role_name = role.role_name
        self.policy_name = policy.name
        self.auth_mount = pulumi.Output.from_input(args.auth_mount)
        self.register_outputs(
            {"role_name": self.role_name, "policy_name": self.policy_name, "auth_mount": self.auth_mount}
        )

    def _kubernetes(
        self, name: str, args: WorkloadRoleArgs, policy: vault.Policy
    ) -> vault.kubernetes.AuthBackendRole:
        return vault.kubernetes.AuthBackendRole(
            f"{name}-role",
            backend=args.auth_mount,
            role_name=args.role_name,
            bound_service_account_names=[args.service_account],
            bound_service_account_namespaces=[args.namespace],
            audience=args.audience,
            token_policies=[policy.name],
            token_ttl=args.token_ttl_seconds,
            token_max_ttl=args.token_max_ttl_seconds,
            token_no_default_policy=False,
            opts=self._child(args.auth_backend),
        )

    def _jwt(self, name: str, args: WorkloadRoleArgs, policy: vault.Policy) -> vault.jwt.AuthBackendRole:
        return vault.jwt.AuthBackendRole(
            f"{name}-role",
            backend=args.auth_mount,
            role_name=args.role_name,
            role_type="jwt",  # the default is oidc, a login by browser
            user_claim="sub",
            bound_subject=args.subject,
            bound_audiences=[args.audience],
            clock_skew_leeway=_NO_LEEWAY,
            expiration_leeway=_NO_LEEWAY,
            not_before_leeway=_NO_LEEWAY,
            token_policies=[policy.name],
            token_ttl=args.token_ttl_seconds,
            token_max_ttl=args.token_max_ttl_seconds,
            token_no_default_policy=False,
            opts=self._child(args.auth_backend),
        )

    def _child(self, after: pulumi.Resource | None) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=[after] if after else None)
