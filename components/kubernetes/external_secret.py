"""What the External Secrets Operator copies into Kubernetes Secrets for one workload.

The stores are the workload's own: the operator logs in as its ServiceAccount, so that it gets
no more than the workload does. Values end up in etcd.
"""

from __future__ import annotations

import pulumi

from components.inputs import known
from components.kubernetes.custom_objects import DeliveredArgs, declare, named

TOKEN = "workload-secrets:kubernetes:ExternalSecret"  # noqa: S105 a type token
KINDS = ("ExternalSecret",)


class ExternalSecretArgs(DeliveredArgs):
    """`objects` in the order in which they are made. `after`: what they refer to, such as the
    ServiceAccount and the roles: an operator that comes before those fails at first."""


class ExternalSecret(pulumi.ComponentResource):
    """The objects of one workload. `secrets` are the Kubernetes Secrets that the operator makes."""

    secrets: pulumi.Output[list[str]]

    def __init__(
        self, name: str, args: ExternalSecretArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(TOKEN, name, None, opts)
        declare(self, name, args.objects, args.after)
        self.secrets = known(named(args.objects, *KINDS))
        self.register_outputs({"secrets": self.secrets})
