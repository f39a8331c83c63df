"""Which kinds there are, where they live in the API, and which fields each may set."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from workload_secrets.sandbox.deploy.outcome import HandlerError


@dataclass(frozen=True)
class Kind:
    """One kind. `fields` are the inputs beside apiVersion, kind and metadata."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    fields: frozenset[str]
    custom: bool = False

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str | None, name: str) -> str:
        """The path of one object."""
        return f"{self.collection(namespace)}/{name}"

    def collection(self, namespace: str | None) -> str:
        """The path of all objects, of one namespace or of all."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        place = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{root}{place}/{self.plural}"


_HELM: Final = "kubernetes:helm.sh/"
_RBAC: Final = "rbac.authorization.k8s.io"
KINDS: Final = (
    Kind("", "v1", "Namespace", "namespaces", False, frozenset()),
    Kind(
        "",
        "v1",
        "ServiceAccount",
        "serviceaccounts",
        True,
        frozenset({"automountServiceAccountToken", "imagePullSecrets", "secrets"}),
    ),
    Kind(_RBAC, "v1", "ClusterRole", "clusterroles", False, frozenset({"rules", "aggregationRule"})),
    Kind(_RBAC, "v1", "ClusterRoleBinding", "clusterrolebindings", False, frozenset({"roleRef", "subjects"})),
    Kind(_RBAC, "v1", "Role", "roles", True, frozenset({"rules"})),
    Kind(_RBAC, "v1", "RoleBinding", "rolebindings", True, frozenset({"roleRef", "subjects"})),
    Kind("apps", "v1", "Deployment", "deployments", True, frozenset({"spec"})),
    Kind("apps", "v1", "StatefulSet", "statefulsets", True, frozenset({"spec"})),
    Kind("batch", "v1", "CronJob", "cronjobs", True, frozenset({"spec"})),
)
_CLUSTER_SCOPED: Final = frozenset({("configuration.konghq.com", "KongVault")})
"""The custom kinds that live in no namespace. The type of a resource doesn't say it."""
_BUILT_IN: Final = {(kind.api_version, kind.kind): kind for kind in KINDS}


def plural_of(kind: str) -> str:
    """The plural our permissive definitions use: the one that most operators use too."""
    lower = kind.lower()
    if lower.endswith(("s", "x", "ch", "sh")):
        return f"{lower}es"
    return f"{lower[:-1]}ies" if lower.endswith("y") and lower[-2:-1] not in "aeiou" else f"{lower}s"


def namespaced(group: str, kind: str) -> bool:
    """Whether a custom kind lives in namespaces."""
    return (group, kind) not in _CLUSTER_SCOPED


def is_object(token: str) -> bool:
    """Whether a resource type is one object of the Kubernetes API, as all of them are but Helm's."""
    return token.startswith("kubernetes:") and not token.startswith(_HELM)


def custom_kinds(types: Iterable[str]) -> tuple[tuple[str, str, str], ...]:
    """Group, version and kind of the custom resources among these resource types. A type that has no
    handler is left out: the deploy says so."""
    found: set[tuple[str, str, str]] = set()
    for token in types:
        if is_object(token):
            with suppress(HandlerError):
                kind, patch = find(token)
                if kind.custom and not patch:
                    found.add((kind.group, kind.version, kind.kind))
    return tuple(sorted(found))


def find(token: str) -> tuple[Kind, bool]:
    """The kind of a resource type such as kubernetes:core/v1:ServiceAccount; True for a patch.

    Raises HandlerError for a built-in kind that has no handler. A group with a dot that isn't
    Kubernetes' own is a custom kind; those that end in x-k8s.io are its side projects'.
    """
    _, api, kind = token.split(":")
    patch = kind.endswith("Patch")
    kind = kind.removesuffix("Patch")
    group, _, version = api.rpartition("/")
    group = "" if group == "core" else group
    found = _BUILT_IN.get((f"{group}/{version}" if group else version, kind))
    if found is not None:
        return found, patch
    if "." not in group or group.endswith(".k8s.io"):
        raise HandlerError(f"no handler for type {token}")
    fields = frozenset({"spec"})
    return Kind(group, version, kind, plural_of(kind), namespaced(group, kind), fields, custom=True), patch
