"""The cluster of a stack, as the stack's own kubernetes provider reaches it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from workload_secrets.access.observed.cluster import ClusterClient, run_exec
from workload_secrets.errors import InputError, ServerError
from workload_secrets.graph.model import Graph


@dataclass(frozen=True, kw_only=True)
class Connection:
    """`authority` is the cluster's CA certificate as PEM text, `token` a bearer token."""

    server: str
    authority: str
    token: str = field(repr=False)

    def client(self) -> ClusterClient:
        return ClusterClient(self.server, self.authority, self.token)


def connection(graph: Graph) -> Connection:
    """Runs the kubeconfig's exec command. Raises InputError where the stack has no cluster, and
    ServerError where nobody is logged in to it."""
    for resource in graph.resources:
        text = resource.provider.get("kubeconfig")
        if resource.type.startswith("kubernetes:") and text:
            config = cast("dict[str, Any]", json.loads(text) if isinstance(text, str) else text)
            return _from_kubeconfig(config)
    raise InputError("the stack makes nothing in Kubernetes, so there is no cluster to log in to")


def _from_kubeconfig(config: Mapping[str, Any]) -> Connection:
    cluster = cast("dict[str, str]", config["clusters"][0]["cluster"])
    user = cast("dict[str, Any]", config["users"][0]["user"])
    runs = cast("dict[str, Any] | None", user.get("exec"))
    if runs is None:
        raise ServerError("the stack's kubeconfig has no exec command; set endpoints.cluster.exec")
    variables = cast("list[dict[str, str]]", runs.get("env") or [])
    environment = {entry["name"]: entry["value"] for entry in variables}
    token = run_exec(runs["command"], tuple(runs.get("args") or ()), environment)
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    return Connection(server=cluster["server"], authority=authority, token=token)
