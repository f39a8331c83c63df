"""The platform's half in Kubernetes: which components the configuration asks for there."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as kubernetes

from components import delivery, naming
from components.aws.workload_role import WorkloadRole
from components.config import resolve
from components.config.resolve import Principal
from components.config.stack import StackConfig
from components.documents import deployer
from components.documents.arn import AwsScope
from components.kubernetes.namespace import Namespace, NamespaceArgs
from components.kubernetes.operator_configuration import OperatorConfiguration, OperatorConfigurationArgs
from components.kubernetes.reviewer import Account, Reviewer, ReviewerArgs
from components.kubernetes.service_account import ServiceAccount, ServiceAccountArgs


class KubernetesPart:
    """Namespaces, operator patches and reviewer at once; an account for each principal."""

    def __init__(self, config: StackConfig, parent: pulumi.Resource, provider: kubernetes.Provider) -> None:
        self._config = config
        self.opts = pulumi.ResourceOptions(parent=parent, providers=[provider])
        used = {principal.namespace for principal in resolve.pods(config).values()}
        declared = used.union(resolve.created_namespaces(config))
        self._namespaces = {name: self._namespace(name) for name in sorted(declared)}
        for namespace in deployer.operator_namespaces(config):
            OperatorConfiguration(namespace, OperatorConfigurationArgs(namespace=namespace), self.opts)
        self._reviewer()

    def account(self, principal: Principal, role: WorkloadRole | None) -> ServiceAccount:
        """The principal's ServiceAccount; `role` is its IAM role, if it has one."""
        identity = principal.identity
        irsa = role is not None and identity.aws_identity == "irsa"
        args = ServiceAccountArgs(
            namespace=principal.namespace,
            account=principal.service_account,
            manage=principal.manage,
            role_arn=self._role_arn(principal) if irsa else None,
            audience=identity.aws_audience,
            mendix=principal.mendix,
            automount=self._automount(principal),
            after=tuple(
                resource
                for resource in (
                    self._namespaces[principal.namespace].resource,
                    role.resource if role and irsa else None,
                )
                if resource is not None
            ),
        )
        return ServiceAccount(principal.name, args, self.opts)

    def _role_arn(self, principal: Principal) -> str | None:
        """From facts, not from the role's output: a reviewer sees it before the role exists."""
        aws = self._config.facts.aws
        if aws is None:
            return None
        scope = AwsScope(account_id=aws.account_id, region=aws.region)
        return scope.role(naming.iam_role_name(self._config.facts.cluster.name, principal.name))

    def _automount(self, principal: Principal) -> bool | None:
        """On only for those that log in to Vault themselves with the pod's own token; it has the
        API server's audience. An existing account keeps what its owner set."""
        if principal.identity.automount is not None:
            return principal.identity.automount
        if principal.manage == "existing":
            return None
        return delivery.takes_own_token(self._config, principal)

    def _namespace(self, name: str) -> Namespace:
        args = NamespaceArgs(
            namespace=name,
            manage=self._config.shared.namespaces[name].manage,
            protect=self._config.tier == "production",
        )
        return Namespace(name, args, self.opts)

    def _reviewer(self) -> None:
        binding = deployer.reviewer_binding(self._config)
        vault = self._config.facts.vault
        if binding is None or vault is None:
            return
        accounts = deployer.reviewer_accounts(self._config)
        here = {self._namespaces[namespace] for namespace, _ in accounts if namespace in self._namespaces}
        args = ReviewerArgs(
            binding_name=binding,
            accounts=tuple(Account(namespace=namespace, name=name) for namespace, name in accounts),
            create_account=vault.reviewer == "dedicated",
            after=tuple(namespace.resource for namespace in here if namespace.resource is not None),
        )
        Reviewer("reviewer", args, self.opts)
