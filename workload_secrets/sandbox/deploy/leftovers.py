"""What a destroyed stack left on the servers, by listings of before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from workload_secrets.graph.model import Resource
from workload_secrets.sandbox.deploy.admin import CLUSTER_ROLE
from workload_secrets.sandbox.deploy.kubernetes.kinds import find, is_object
from workload_secrets.sandbox.openbao import ADMIN

_OBJECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": (
        "aws/podIdentity/{clusterName}/{namespace}/{serviceAccount}",
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": ("aws/openIdConnectProvider/{arn}",),
    "aws:iam/role:Role": ("aws/role/{name}",),
    "aws:iam/rolePolicy:RolePolicy": ("aws/role/{role}/policy/{name}",),
    "aws:kms/alias:Alias": ("aws/{name}",),
    "aws:kms/key:Key": ("aws/key/{keyId}", "aws/key/{keyId}/policy"),
    "aws:secretsmanager/secret:Secret": ("aws/secret/{name}", "aws/secret/{name}/policy"),
    "vault:database/secretBackendConnection:SecretBackendConnection": ("{backend}/config/{name}",),
    "vault:database/secretBackendRole:SecretBackendRole": ("{backend}/roles/{name}",),
    "vault:database/secretBackendStaticRole:SecretBackendStaticRole": ("{backend}/static-roles/{name}",),
    "vault:index/authBackend:AuthBackend": ("sys/auth/{path}/", "auth/{path}/config"),
    "vault:index/mount:Mount": ("sys/mounts/{path}/", "{path}/config"),
    "vault:index/namespace:Namespace": ("sys/namespaces/{path}/",),
    "vault:index/policy:Policy": ("sys/policies/acl/{name}",),
    "vault:jwt/authBackend:AuthBackend": ("sys/auth/{path}/", "auth/{path}/config"),
    "vault:transit/secretBackendKey:SecretBackendKey": ("{backend}/keys/{name}",),
}
"""The names in a listing of the objects that a resource is, by its type, of its outputs. A type that
isn't here is never a reason for something to be left."""
_OF_NAMESPACE: Final = (
    "sys/mounts/cubbyhole/",
    "sys/mounts/identity/",
    "sys/mounts/sys/",
    "sys/auth/token/",
    "sys/policies/acl/default",
)
"""What every namespace of Vault has from the beginning.
https://openbao.org/docs/concepts/namespaces/"""
_BY_ITSELF: Final = frozenset(
    {
        # Of every object of Kubernetes.
        "managedFields",
        "resourceVersion",
        "generation",
        "status",
        # Of a secret: its values are the business of the proof.
        "versions",
        "current_version",
        "oldest_version",
        "updated_time",
        "VersionIdsToStages",
        "LastChangedDate",
        "LastRotatedDate",
        "NextRotationDate",
        # The sandbox itself lifts it from mounts for the proof.
        "user_lockout_config",
    }
)
"""Fields that say how often an object was written, or that the proof writes."""
_ACCOUNT: Final = ("template.spec.serviceAccount", "template.spec.serviceAccountName")
"""The first is the old name of the second, which the server fills in and nobody owns. When a patch gives
the second up, both stay; seen on 1.35.4.
https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodSpec"""
_EMPTY: Final[tuple[Any, ...]] = (None, {}, [])
_CLUSTER: Final = f"aws/role/{CLUSTER_ROLE}"
"""The sandbox makes it while a stack goes up: the emulator wants one for a cluster."""
_OWN: Final = f"sys/policies/acl/{ADMIN}"
"""Grows with what a listing looks at."""


@dataclass(frozen=True, kw_only=True)
class Left:
    """What is there after a `destroy`: `waiting` in a deletion window, `kept` because it is protected or
    something protected needs it; `problems` are sentences, one for each object that is there without
    such a reason, is gone, or is not as before. `accounts` counts objects that go on naming the account
    that a patch gave their pods."""

    waiting: int
    kept: int
    accounts: int
    problems: tuple[str, ...]


def left(
    before: Mapping[str, Any], made: Iterable[str], after: Mapping[str, Any], kept: Iterable[Resource]
) -> Left:
    """Compares listings. `made` are the names that `up` added to `before`; what came later, such as the
    accounts of a proof, is nothing of the stack's. `kept` are the resources still in the state."""
    allowed = {name for resource in kept for name in names(resource)}
    there = [name for name in sorted(made) if after.get(name) is not None and name != _CLUSTER]
    waiting = {name for name in there if _waits(name, after)}
    reasons = waiting | allowed
    accounts = [name for name, old in before.items() if _account_stays(old, after.get(name))]
    return Left(
        accounts=len(accounts),
        waiting=sum(_waits(name, {name: after[name]}) for name in waiting),
        kept=len(allowed.intersection(there)),
        problems=(
            *(f"{name} is still there" for name in there if name not in reasons),
            *(sentence for name in sorted(before) for sentence in _changed(name, before[name], after)),
        ),
    )


def names(resource: Resource) -> frozenset[str]:
    """The names in a listing of the objects that a deployed resource is."""
    if is_object(resource.type):
        return frozenset(_of_kubernetes(resource))
    found = [form.format_map(resource.outputs) for form in _OBJECTS.get(resource.type, ())]
    if not resource.type.startswith("vault:"):
        return frozenset(found)
    spaces = (resource.provider.get("namespace"), resource.outputs.get("namespace"))
    place = "".join(f"{str(space).strip('/')}/" for space in spaces if space)
    if resource.type == "vault:index/namespace:Namespace":
        inside = f"{str(resource.outputs['path']).strip('/')}/"
        found += [f"{inside}{name}" for name in _OF_NAMESPACE]
    return frozenset(f"vault/{place}{name}" for name in found)


def _of_kubernetes(resource: Resource) -> Iterator[str]:
    kind = find(resource.type)[0].kind
    metadata = cast("Mapping[str, Any]", resource.outputs["metadata"])
    name, namespace = metadata["name"], metadata.get("namespace", "")
    yield f"kubernetes/{kind}/{namespace}/{name}"
    if kind == "Namespace":
        yield f"kubernetes/ServiceAccount/{name}/default"


def _waits(name: str, listing: Mapping[str, Any]) -> bool:
    """Whether it is an AWS secret or key, or the policy of one, that is scheduled for deletion."""
    if not name.startswith(("aws/key/", "aws/secret/")):
        return False
    found = listing.get(name.removesuffix("/policy"))
    if not isinstance(found, Mapping):
        return False
    about = cast("Mapping[str, Any]", found)
    return "DeletedDate" in about or about.get("KeyState") == "PendingDeletion"


def _changed(name: str, old: Any, after: Mapping[str, Any]) -> Iterator[str]:
    if old is None or name.endswith(_OWN):
        return
    if name not in after:
        yield f"{name} was there before, and is gone"
    elif differing := sorted(path for path in _differing(old, after[name]) if not path.endswith(_ACCOUNT)):
        yield f"{name} was there before, and is another now at {', '.join(differing)}"


def _account_stays(old: Any, new: Any) -> bool:
    return new is not None and any(path.endswith(_ACCOUNT) for path in _differing(old, new))


def _differing(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """The paths at which two values differ. A list counts as a whole; what is empty is as good as absent:
    so a server leaves a map whose last key it takes away."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        before, after = cast("Mapping[str, Any]", old), cast("Mapping[str, Any]", new)
        for key in (before.keys() | after.keys()) - _BY_ITSELF:
            yield from _differing(before.get(key), after.get(key), f"{path}.{key}" if path else key)
    elif old != new and not (old in _EMPTY and new in _EMPTY):
        yield path or "the whole"
