"""The Vault role of one ServiceAccount, and the policy it gets."""

from __future__ import annotations

from typing import Literal

import pulumi
import pulumi_vault as vault

from components.vault.jwt_login import jwt_login
from components.vault.role_policy import RoleArgs, after, role_policy

TOKEN = "workload-secrets:vault:WorkloadRole"  # noqa: S105 a type token


class WorkloadRoleArgs(RoleArgs):
    """Exact names; Vault would take globs. `method` follows the mount's type. Times are seconds.

    `audience` is always set: without it a token minted for another service logs in.
    """

    method: Literal["kubernetes", "jwt"]
    namespace: str
    service_account: str
    audience: str

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
        policy = role_policy(self, name, args.policy_name, args.grants, args.namespace_resource)
        role: vault.jwt.AuthBackendRole | vault.kubernetes.AuthBackendRole
        if args.method == "jwt":
            role = jwt_login(self, name, args, policy, subject=args.subject, audiences=[args.audience])
        else:
            role = self._kubernetes(name, args, policy)
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
            opts=after(self, args.auth_backend),
        )
