"""The policy that stands beside a role: exact paths, and never over a foreign one."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import pulumi
import pulumi_vault as vault

from components.documents.vault_policy import VaultGrant, vault_policy
from components.inputs import Args


class LoginArgs(Args):
    """What roles of every method have in common. Times are seconds.

    `namespace_resource` and `auth_backend` are what the policy and the role wait for, where
    this stack makes them.
    """

    auth_mount: str
    role_name: str
    policy_name: str
    token_ttl_seconds: int
    token_max_ttl_seconds: int
    namespace_resource: pulumi.Resource | None = None
    auth_backend: pulumi.Resource | None = None


class RoleArgs(LoginArgs):
    """A role that gives rights on secrets."""

    grants: tuple[VaultGrant, ...]


def role_policy(
    parent: pulumi.Resource,
    name: str,
    policy_name: str,
    grants: Sequence[VaultGrant],
    namespace: pulumi.Resource | None,
) -> vault.Policy:
    """The resource `NAME-policy`, a child of the role's component."""
    return own_policy(parent, name, policy_name, vault_policy(tuple(grants)), namespace)


def own_policy(
    parent: pulumi.Resource, name: str, policy_name: str, text: str, namespace: pulumi.Resource | None
) -> vault.Policy:
    """The same for a policy that is written already, as HCL."""
    return vault.Policy(
        f"{name}-policy",
        name=policy_name,
        policy=text,
        allow_overwrite=False,  # the provider's default replaces a foreign policy in silence
        opts=after(parent, namespace),
    )


def shortened(network: str) -> str:
    """A token's network: one address without its bits, as the server gives it back, else it would
    show a drift. Of a secret id's networks it wants and keeps the bits (tried with OpenBao 2.7.2)."""
    parsed = ipaddress.ip_network(network)
    return str(parsed.network_address) if parsed.num_addresses == 1 else network


def after(parent: pulumi.Resource, *resources: pulumi.Resource | None) -> pulumi.ResourceOptions:
    """Options of a child that waits for the resources that there are."""
    found = [resource for resource in resources if resource]
    return pulumi.ResourceOptions(parent=parent, depends_on=found or None)
