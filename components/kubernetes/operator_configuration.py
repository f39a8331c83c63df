"""Mendix's operator, told to mount ServiceAccount tokens into app pods.

Vault's login needs the mounted token; IRSA does not, its webhook mounts its own. The setting
affects every Mendix app pod of the operator's namespace. It is a patch: the operator owns
the object. Where there is none the API server refuses, since the deployer has no `create`.
"""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as kubernetes

from components.inputs import Args

TOKEN = "workload-secrets:kubernetes:OperatorConfiguration"  # noqa: S105 a type token
API_VERSION = "privatecloud.mendix.com/v1alpha1"
KIND = "OperatorConfiguration"
OBJECT_NAME = "mendix-operator-configuration"


class OperatorConfigurationArgs(Args):
    """`namespace` is the operator's."""

    namespace: str


class OperatorConfiguration(pulumi.ComponentResource):
    """One patch for each operator namespace."""

    namespace: pulumi.Output[str]

    def __init__(
        self, name: str, args: OperatorConfigurationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(TOKEN, name, None, opts)
        kubernetes.apiextensions.CustomResourcePatch(
            f"{name}-patch",
            api_version=API_VERSION,
            kind=KIND,
            metadata={"name": OBJECT_NAME, "namespace": args.namespace},
            spec={"runtimeAutomountServiceAccountToken": True},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.namespace = pulumi.Output.from_input(args.namespace)
        self.register_outputs({"namespace": self.namespace})
