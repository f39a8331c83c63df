"""The Vault role of one job that deploys, and the policy it gets."""

from __future__ import annotations

import pulumi

from components.vault.jwt_login import jwt_login
from components.vault.role_policy import LoginArgs, own_policy

TOKEN = "workload-secrets:vault:JobRole"  # noqa: S105 a type token


class JobRoleArgs(LoginArgs):
    """`subject` and `audience` are exact: the `sub` and `aud` claims of the job's token. `policy`
    is HCL."""

    subject: str
    audience: str
    policy: str


class JobRole(pulumi.ComponentResource):
    """A policy of exact paths of the server's configuration, and the role that binds it to one
    subject of the mount's issuer."""

    role_name: pulumi.Output[str]
    policy_name: pulumi.Output[str]
    auth_mount: pulumi.Output[str]

    def __init__(self, name: str, args: JobRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        policy = own_policy(self, name, args.policy_name, args.policy, args.namespace_resource)
        role = jwt_login(self, name, args, policy, subject=args.subject, audiences=[args.audience])
        self.role_name = role.role_name
        self.policy_name = policy.name
        self.auth_mount = pulumi.Output.from_input(args.auth_mount)
        self.register_outputs(
            {"role_name": self.role_name, "policy_name": self.policy_name, "auth_mount": self.auth_mount}
        )
