"""Pods as rules read them, in whatever object they stand.

A patch (`DeploymentPatch` and its like) is the part of an object that a stack sets, and somebody
else made the rest. What is missing in it is no violation: only what it sets is judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.guardrails.resource import UNKNOWN, NotEvaluable, Path, Resource, Unreadable
from policies.guardrails.stack import Stack

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
_TYPE: Final = re.compile(r"kubernetes:(?:apps|batch|core|extensions)(?:/\w+)?:(\w+?)(Patch)?")
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
ACCOUNTS: Final = tuple(
    f"kubernetes:{group}:ServiceAccount{patch}" for group in ("core/v1", "core") for patch in ("", "Patch")
)
DEFAULT: Final = "default"
"""The namespace of an object that names none, and the account of a pod that names none."""


@dataclass(frozen=True)
class Pod:
    """A pod template at `at`. `partial`: of a patch, see above."""

    resource: Resource
    at: Path
    partial: bool

    @property
    def spec(self) -> Path:
        """Where its spec stands."""
        return (*self.at, "spec")

    @property
    def annotations(self) -> Path:
        """Where its annotations stand."""
        return (*self.at, "metadata", "annotations")

    def containers(self) -> Iterator[Path]:
        """Where each container stands."""
        for group in CONTAINERS:
            for index, _ in enumerate(self.resource.items(*self.spec, group)):
                yield (*self.spec, group, index)

    def account(self) -> str | None:
        """The name of its ServiceAccount; None where it names none."""
        name = self.resource.text(*self.spec, "serviceAccountName")
        return name or self.resource.text(*self.spec, "serviceAccount") or None

    def account_path(self) -> Path:
        """Where its account is named."""
        old = self.resource.get(*self.spec, "serviceAccountName") is None
        named = old and self.resource.get(*self.spec, "serviceAccount") is not None
        return (*self.spec, "serviceAccount" if named else "serviceAccountName")

    def volumes(self) -> Iterator[tuple[Path, Mapping[str, Any]]]:
        """Each volume with where it stands. Raises NotEvaluable at one that isn't known."""
        for index, _ in enumerate(self.resource.items(*self.spec, "volumes")):
            path = (*self.spec, "volumes", index)
            yield path, self.resource.object(*path)


def kind_of(resource: Resource) -> str:
    """`Deployment` of a Deployment and of its patch; empty for what isn't of Kubernetes."""
    if not resource.type.startswith("kubernetes:"):
        return ""
    kind = resource.type.rpartition(":")[2]
    return kind.removesuffix("Patch")


def is_patch(resource: Resource) -> bool:
    """Whether it is a part of an object that somebody else made."""
    return resource.type.startswith("kubernetes:") and resource.type.endswith("Patch")


def pod(resource: Resource) -> Pod | None:
    """Its pod; None for an object that has none."""
    at = pod_of(resource)
    return None if at is None else Pod(resource, at, is_patch(resource))


def pods(stack: Stack) -> Iterator[Pod]:
    """Every pod of the stack."""
    for resource in stack.resources:
        found = pod(resource)
        if found:
            yield found


def pod_of(resource: Resource) -> Path | None:
    """Where its pod template stands; None for an object that has none."""
    found = _TYPE.fullmatch(resource.type)
    return _KINDS.get(found[1]) if found else None


def containers(resource: Resource) -> Iterator[Path]:
    """Where each container of its pod stands."""
    found = pod(resource)
    if found:
        yield from found.containers()


def annotations_of(resource: Resource) -> Path | None:
    """Where the annotations of its pod stand."""
    found = pod(resource)
    return None if found is None else found.annotations


def namespace(resource: Resource) -> str:
    """The namespace an object is made in: its own, its provider's, or `default`."""
    return given_namespace(resource) or DEFAULT


def given_namespace(resource: Resource) -> str | None:
    """The namespace that the object or its provider names."""
    own = resource.text("metadata", "namespace")
    if own:
        return own
    value = resource.provider.get("namespace")
    if value is UNKNOWN:
        raise NotEvaluable(("provider", "namespace"))
    if value is not None and not isinstance(value, str):
        raise Unreadable(("provider", "namespace"), "text")
    return value or None


def object_name(resource: Resource) -> str:
    """An object's name. Raises NotEvaluable where the provider makes one up."""
    name = resource.text("metadata", "name")
    if not name:
        raise NotEvaluable(("metadata", "name"))
    return name
