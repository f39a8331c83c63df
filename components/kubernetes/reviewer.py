"""Who may ask the API server whether a token is good (system:auth-delegator)."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as kubernetes

from components.inputs import Args

TOKEN = "workload-secrets:kubernetes:Reviewer"  # noqa: S105 a type token
AUTH_DELEGATOR = "system:auth-delegator"


class Account(Args):
    """A ServiceAccount by namespace and name."""

    namespace: str
    name: str


class ReviewerArgs(Args):
    """`accounts` get the right. `create_account`: the one account is made here (reviewer
    `dedicated`); else the accounts exist or are made by others. `after`: their namespaces."""

    binding_name: str
    accounts: tuple[Account, ...]
    create_account: bool = False
    after: tuple[pulumi.Resource, ...] = ()


class Reviewer(pulumi.ComponentResource):
    """One ClusterRoleBinding for all accounts that review tokens."""

    binding_name: pulumi.Output[str]

    def __init__(self, name: str, args: ReviewerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        if args.create_account:
            for account in args.accounts:
                kubernetes.core.v1.ServiceAccount(
                    f"{name}-account",
                    metadata={"name": account.name, "namespace": account.namespace},
                    automount_service_account_token=False,  # no pod runs as the reviewer
                    opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after) or None),
                )
        kubernetes.rbac.v1.ClusterRoleBinding(
            f"{name}-binding",
            metadata={"name": args.binding_name},
            role_ref={
                "api_group": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": AUTH_DELEGATOR,
            },
            subjects=[
                {"kind": "ServiceAccount", "name": account.name, "namespace": account.namespace}
                for account in sorted(args.accounts, key=lambda a: (a.namespace, a.name))
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.binding_name = pulumi.Output.from_input(args.binding_name)
        self.register_outputs({"binding_name": self.binding_name})
