"""A Kubernetes namespace that workloads live in."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as kubernetes

from components.config.base import Manage
from components.inputs import Args, guarded

TOKEN = "workload-secrets:kubernetes:Namespace"  # noqa: S105 a type token


class NamespaceArgs(Args):
    """`protect`: the engine never deletes it; with a namespace goes everything in it."""

    namespace: str
    manage: Manage = "create"
    protect: bool = False


class Namespace(pulumi.ComponentResource):
    """The namespace; `existing` registers nothing.

    `resource` is what the objects inside wait for, None where it exists.
    """

    namespace: pulumi.Output[str]
    resource: kubernetes.core.v1.Namespace | None

    def __init__(self, name: str, args: NamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        self.resource = None
        if args.manage == "create":
            self.resource = kubernetes.core.v1.Namespace(
                f"{name}-namespace",
                metadata={"name": args.namespace},
                opts=guarded(self, protect=args.protect),
            )
        self.namespace = pulumi.Output.from_input(args.namespace)
        self.register_outputs({"namespace": self.namespace})
