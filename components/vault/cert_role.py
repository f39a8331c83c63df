"""The Vault role of one holder of a client certificate, and the policy it gets."""

from __future__ import annotations

import pulumi
import pulumi_vault as vault

from components.inputs import In
from components.vault.role_policy import RoleArgs, after, role_policy

TOKEN = "workload-secrets:vault:CertRole"  # noqa: S105 a type token


class CertRoleArgs(RoleArgs):
    """`ca_pem` is the authority's certificate, which is public. Names are exact, though Vault
    would take globs; where `dns_sans` are given too, the certificate must have one of them.
    `authority` is what makes the CA, where this stack does."""

    ca_pem: In[str]
    common_name: str
    dns_sans: tuple[str, ...] = ()
    authority: pulumi.Resource | None = None


class CertRole(pulumi.ComponentResource):
    """A policy of exact paths and the role that binds it to one name under one authority.

    Any one of `dns_sans` is enough. A certificate is good until it ends: what the authority
    revokes before, Vault learns only from a CRL on the mount.
    """

    role_name: pulumi.Output[str]
    policy_name: pulumi.Output[str]
    auth_mount: pulumi.Output[str]

    def __init__(self, name: str, args: CertRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        policy = role_policy(self, name, args.policy_name, args.grants, args.namespace_resource)
        role = vault.CertAuthBackendRole(
            f"{name}-role",
            backend=args.auth_mount,
            name=args.role_name,
            display_name=args.role_name,
            certificate=args.ca_pem,
            allowed_common_names=[args.common_name],
            allowed_dns_sans=list(args.dns_sans) or None,
            token_policies=[policy.name],
            token_ttl=args.token_ttl_seconds,
            token_max_ttl=args.token_max_ttl_seconds,
            token_no_default_policy=False,
            opts=after(self, args.auth_backend, args.authority),
        )
        self.role_name = role.name
        self.policy_name = policy.name
        self.auth_mount = pulumi.Output.from_input(args.auth_mount)
        self.register_outputs(
            {"role_name": self.role_name, "policy_name": self.policy_name, "auth_mount": self.auth_mount}
        )
