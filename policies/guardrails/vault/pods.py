"""Where pods are in Kubernetes objects, and what of them concerns Vault."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from policies.guardrails.resource import Path, Resource

_CONTROLLERS: Final = (
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Job",
)
_KINDS: Final[Mapping[str, Path]] = {
    "Pod": (),
    "PodTemplate": ("template",),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    **dict.fromkeys(_CONTROLLERS, ("spec", "template")),
}
_TYPE: Final = re.compile(r"kubernetes:(?:apps|batch|core|extensions)(?:/\w+)?:(\w+?)(?:Patch)?")
_VERSIONS: Final = ("", "/v1", "/v1beta1", "/v1beta2", "/v2alpha1")
WORKLOADS: Final = tuple(
    f"kubernetes:{group}{version}:{kind}{patch}"
    for kind in _KINDS
    for group in ("core", "apps", "batch", "extensions")
    for version in _VERSIONS
    for patch in ("", "Patch")
)
"""Every type that holds a pod: older SDKs write no version."""
CONTAINERS: Final = ("initContainers", "containers", "ephemeralContainers")


def pod_of(resource: Resource) -> Path | None:
    """Where its pod template stands; None for an object that has none."""
    found = _TYPE.fullmatch(resource.type)
    return _KINDS.get(found[1]) if found else None


def containers(resource: Resource) -> Iterator[Path]:
    """Where each container of its pod stands."""
    pod = pod_of(resource)
    for group in CONTAINERS if pod is not None else ():
        place = (*(pod or ()), "spec", group)
        yield from ((*place, index) for index in range(len(resource.items(*place))))


def annotations_of(resource: Resource) -> Path | None:
    """Where the annotations of its pod stand."""
    pod = pod_of(resource)
    return None if pod is None else (*pod, "metadata", "annotations")
