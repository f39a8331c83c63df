"""A Vault or OpenBao server of several nodes: a Helm release and its certificate.

Left out on purpose: initialising it, which is the server's own text or a person's one shot,
and its namespace, which is there first since it holds the bootstrap Secret.
"""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.charts import Chart
from components.documents.delivered import CustomObject
from components.documents.helm_values import ChartValues
from components.inputs import Args
from components.kubernetes import custom_objects

TOKEN = "workload-secrets:kubernetes:VaultServer"  # noqa: S105 a type token
TIMEOUT_SECONDS = 900
"""Five nodes join one after the other, each with a volume of its own to be made."""


class VaultServerArgs(Args):
    """`certificate`: cert-manager's objects, none where a Secret is given. `wait`: whether nodes
    become ready by themselves; before the server is initialised they don't. `after`: what
    unseals. `protect` is for production."""

    release: str
    namespace: str
    chart: Chart
    values: ChartValues
    certificate: tuple[CustomObject, ...] = ()
    wait: bool
    protect: bool = False
    after: tuple[pulumi.Resource, ...] = ()


class VaultServer(pulumi.ComponentResource):
    """The release; `release_name` is also the StatefulSet's, Service's and ServiceAccount's."""

    release_name: pulumi.Output[str]

    def __init__(self, name: str, args: VaultServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        made = custom_objects.declare(self, name, args.certificate, ())
        values: dict[str, Any] = args.values.values()
        release = kubernetes.helm.v3.Release(
            f"{name}-release",
            name=args.release,
            namespace=args.namespace,
            create_namespace=False,
            chart=args.chart.name,
            version=args.chart.version,
            repository_opts={"repo": args.chart.repository},
            values=values,
            # Pods are not ready before the server is initialised, which no release waits for.
            skip_await=not args.wait,
            timeout=TIMEOUT_SECONDS,
            # Taking a failed upgrade back restarts nodes; that is decided by people.
            atomic=False,
            max_history=10,
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.protect, depends_on=[*args.after, *made] or None
            ),
        )
        self.release_name = release.name.apply(lambda _: args.release)
        self.register_outputs({"release_name": self.release_name})
