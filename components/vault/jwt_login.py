"""The role by which a signed token logs in: a pod's on a jwt mount, or a CI job's."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_vault as vault

from components.vault.role_policy import LoginArgs, after

_NO_LEEWAY = -1
"""Zero means Vault's default, up to 150 seconds: an expired token would still log in."""


def jwt_login(
    parent: pulumi.Resource,
    name: str,
    args: LoginArgs,
    policy: vault.Policy,
    *,
    subject: str,
    audiences: Sequence[str],
) -> vault.jwt.AuthBackendRole:
    """The resource `NAME-role`, a child of the role's component, bound to exactly one subject."""
    return vault.jwt.AuthBackendRole(
        f"{name}-role",
        backend=args.auth_mount,
        role_name=args.role_name,
        role_type="jwt",  # the default is oidc, a login by browser
        user_claim="sub",
        bound_subject=subject,
        bound_audiences=list(audiences),
        clock_skew_leeway=_NO_LEEWAY,
        expiration_leeway=_NO_LEEWAY,
        not_before_leeway=_NO_LEEWAY,
        token_policies=[policy.name],
        token_ttl=args.token_ttl_seconds,
        token_max_ttl=args.token_max_ttl_seconds,
        token_no_default_policy=False,
        opts=after(parent, args.auth_backend),
    )
