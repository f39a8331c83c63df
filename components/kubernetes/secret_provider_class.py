"""What the Secrets Store CSI driver mounts into a workload's pods.

One object for each system, since a class has one provider. The driver and the providers are
installed by somebody else; the pod mounts the class by name.
"""

from __future__ import annotations

import pulumi

from components.inputs import known
from components.kubernetes.custom_objects import DeliveredArgs, declare, named

TOKEN = "workload-secrets:kubernetes:SecretProviderClass"  # noqa: S105 a type token
KINDS = ("SecretProviderClass",)


class SecretProviderClassArgs(DeliveredArgs):
    """`objects` in the order in which they are made. `after`: what they refer to, such as the
    ServiceAccount and the roles: an operator that comes before those fails at first."""


class SecretProviderClass(pulumi.ComponentResource):
    """The objects of one workload. `classes` are the names that a pod's CSI volume refers to."""

    classes: pulumi.Output[list[str]]

    def __init__(
        self, name: str, args: SecretProviderClassArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(TOKEN, name, None, opts)
        declare(self, name, args.objects, args.after)
        self.classes = known(named(args.objects, *KINDS))
        self.register_outputs({"classes": self.classes})
