"""The Vault role of one job of a CI system, and the policy it gets."""

from __future__ import annotations

import pulumi
import pulumi_vault as vault

from components.vault.role_policy import RoleArgs, after, role_policy

TOKEN = "workload-secrets:vault:JwtRole"  # noqa: S105 a type token
_NO_LEEWAY = -1
"""Zero means Vault's default, up to 150 seconds: an expired token would still log in."""


class JwtRoleArgs(RoleArgs):
    """`subject` and `audience` are exact: the `sub` and `aud` claims of the job's token."""

    subject: str
    audience: str


class JwtRole(pulumi.ComponentResource):
    """A policy of exact paths and the role that binds it to one subject of the mount's issuer."""

    role_name: pulumi.Output[str]
    policy_name: pulumi.Output[str]
    auth_mount: pulumi.Output[str]

    def __init__(self, name: str, args: JwtRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        policy = role_policy(self, name, args.policy_name, args.grants, args.namespace_resource)
        role = vault.jwt.AuthBackendRole(
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
            opts=after(self, args.auth_backend),
        )
        self.role_name = role.role_name
        self.policy_name = policy.name
        self.auth_mount = pulumi.Output.from_input(args.auth_mount)
        self.register_outputs(
            {"role_name": self.role_name, "policy_name": self.policy_name, "auth_mount": self.auth_mount}
        )
