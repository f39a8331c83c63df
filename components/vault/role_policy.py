"""The policy that stands beside a role: exact paths, and never over a foreign one."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_vault as vault

from components.documents.vault_policy import VaultGrant, vault_policy
from components.inputs import Args


class RoleArgs(Args):
    """What roles of every method have in common. Times are seconds.

    `namespace_resource` and `auth_backend` are what the policy and the role wait for, where
    this stack makes them.
    """

    auth_mount: str
    role_name: str
    policy_name: str
    grants: tuple[VaultGrant, ...]
    token_ttl_seconds: int
    token_max_ttl_seconds: int
    namespace_resource: pulumi.Resource | None = None
    auth_backend: pulumi.Resource | None = None


def role_policy(
    parent: pulumi.Resource,
    name: str,
    policy_name: str,
    grants: Sequence[VaultGrant],
    namespace: pulumi.Resource | None,
) -> vault.Policy:
    """The resource `NAME-policy`, a child of the role's component."""
    return vault.Policy(
        f"{name}-policy",
        name=policy_name,
        policy=vault_policy(tuple(grants)),
        allow_overwrite=False,  # the provider's default replaces a foreign policy in silence
        opts=after(parent, namespace),
    )


def after(parent: pulumi.Resource, resource: pulumi.Resource | None) -> pulumi.ResourceOptions:
    """Options of a child that waits for a resource, if there is one."""
    return pulumi.ResourceOptions(parent=parent, depends_on=[resource] if resource else None)
