"""Whether the objects that a stack patches have in their pod templates what was handed out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from workload_secrets.access.observed import mendix
from workload_secrets.access.observed.cluster import ClusterClient, RefusedError, unless_denied
from workload_secrets.declaration import Declaration, Principal
from workload_secrets.declaration.delivery import Target
from workload_secrets.graph.model import Graph
from workload_secrets.outside import listed
from workload_secrets.sandbox.agent.config import pod_template

Object = Mapping[str, Any]


def path(namespace: str, target: Target) -> str:
    """The API path of a target."""
    group = "batch" if target.kind == "CronJob" else "apps"
    return f"/apis/{group}/v1/namespaces/{namespace}/{target.kind.lower()}s/{target.name}"


def patched(declaration: Declaration) -> Iterator[tuple[str, Principal, Target]]:
    """Every workload whose object gets a patch, by name."""
    for name, principal in sorted(declaration.principals.items()):
        target = principal.delivery.target if principal.delivery else None
        if target is not None:
            yield name, principal, target


def faults(declaration: Declaration, graph: Graph, cluster: ClusterClient) -> tuple[str, ...]:
    """Every object that is not there or differs, as sentences; of Mendix apps too.

    Raises ServerError where the prover may not look at it.
    """
    found = (
        f"{name}: {target.kind} {principal.namespace}/{target.name} {fault}"
        for name, principal, target in patched(declaration)
        for fault in _of(principal, target, _handed_out(graph, name), cluster)
    )
    return (*found, *mendix.faults(declaration, cluster))


def _handed_out(graph: Graph, name: str) -> Object:
    return cast("Mapping[str, Object]", graph.platform_output("delivery"))[name]["podTemplate"]


def _of(principal: Principal, target: Target, wanted: Object, cluster: ClusterClient) -> Iterator[str]:
    try:
        found = pod_template(cluster.read(path(principal.namespace, target)))
    except RefusedError as error:
        absent = unless_denied(error).status == 404
        yield "is not there; its owner must make it" if absent else f"can't be looked at: {error}"
        return
    spec, own = _part(found, "spec"), _part(wanted, "spec")
    account = spec.get("serviceAccountName") or "default"
    if account != own["serviceAccountName"]:
        yield f"runs as {listed([account])}, not as {own['serviceAccountName']}; deploy the stack"
    volumes = {volume["name"]: volume for volume in spec.get("volumes") or ()}
    for volume in own.get("volumes", ()):
        if _token(volumes.get(volume["name"], {})) != _token(volume):
            yield f"has no volume {volume['name']} as declared; deploy the stack"
    have = _part(_part(found, "metadata"), "annotations")
    other = [n for n, v in _part(_part(wanted, "metadata"), "annotations").items() if have.get(n) != v]
    if other:
        names = ", ".join(sorted(other)[:5])
        yield f"has other annotations than declared ({names}); deploy the stack"


def _token(volume: Object) -> Object:
    sources = cast("Sequence[Object]", _part(volume, "projected").get("sources") or ())
    return _part(sources[0], "serviceAccountToken") if sources else {}


def _part(of: Object, name: str) -> Object:
    return cast("Object", of.get(name) or {})
