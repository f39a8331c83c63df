"""What objects of the stack read from Vault: by which login, and which path."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import yaml

from policies.guardrails.each import gather
from policies.guardrails.resource import NotEvaluable, Path, Resource, Unreadable
from policies.guardrails.stack import Stack
from policies.guardrails.vault.pods import annotations_of
from policies.guardrails.vault.types import among, is_on

PREFIX: Final = "vault.hashicorp.com/"
_SECRET: Final = f"{PREFIX}agent-inject-secret-"
_ANY: Final = ("read", "update")
"""Which of the two a request is depends on what it sends."""


@dataclass(frozen=True)
class Consumer:
    """`path` as the API has it; with `below`, something under it is read. `inside`: the Vault
    namespace of the path, where it is given. Any one of `capabilities` is enough. `judged`: another
    rule says whether its path is granted."""

    resource: Resource
    at: Path
    mount: str
    role: str
    path: str
    capabilities: tuple[str, ...] = ("read",)
    inside: str | None = None
    below: bool = False
    judged: bool = False


def consumers(stack: Stack) -> tuple[list[Consumer], NotEvaluable | None]:
    """Every consumer, and the first thing that isn't known."""
    references = _References(stack)

    def read(resource: Resource) -> Iterator[Consumer]:
        reader = _reader(resource)
        return reader(resource, references) if reader else iter(())

    return gather(stack.resources, read)


def _metadata(resource: Resource, key: str) -> str:
    try:
        return resource.text("metadata", key) or ""
    except (NotEvaluable, Unreadable):
        return ""  # then nobody can name it, and who does is looked at without it


class _References:
    """Objects that others name, by kind, namespace and name."""

    def __init__(self, stack: Stack) -> None:
        self._found: dict[tuple[str, str, str], Resource] = {}
        for resource in stack.resources:
            kind = resource.type.rpartition(":")[2]
            if kind in {"VaultAuth", "SecretStore", "ClusterSecretStore"}:
                space = "" if kind.startswith("Cluster") else _metadata(resource, "namespace")
                self._found[kind, space, _metadata(resource, "name")] = resource

    def get(self, kind: str, namespace: str, name: str) -> Resource | None:
        """The object, if the stack has it."""
        return self._found.get((kind, namespace, name))


_Reader = Callable[[Resource, _References], Iterator[Consumer]]


def _reader(resource: Resource) -> _Reader | None:
    if not resource.type.startswith("kubernetes:"):
        return None
    group, _, kind = resource.type.removeprefix("kubernetes:").rpartition(":")
    return _READERS.get((group.partition("/")[0], kind)) or (_agent if annotations_of(resource) else None)


def _agent(resource: Resource, _: _References) -> Iterator[Consumer]:
    """https://developer.hashicorp.com/vault/docs/deploy/kubernetes/injector/annotations"""
    place = annotations_of(resource) or ()
    given = resource.object(*place)
    if not is_on(given.get(f"{PREFIX}agent-inject")):
        return
    role = resource.text(*place, f"{PREFIX}role") or ""
    login = resource.text(*place, f"{PREFIX}auth-path") or "auth/kubernetes"
    for key in sorted(given):
        if key.startswith(_SECRET):
            path = (resource.text(*place, key) or "").partition("?")[0]
            yield Consumer(
                resource,
                (*place, key),
                login.strip("/").removeprefix("auth/"),
                role,
                path.strip("/"),
                judged=True,  # by AGT-01
            )


def _operator(resource: Resource, references: _References) -> Iterator[Consumer]:
    """The Vault Secrets Operator's objects."""
    login = _named(resource, references, "VaultAuth", resource.text("spec", "vaultAuthRef") or "default")
    if login is None:
        return
    mount = (resource.text("spec", "mount") or "").strip("/")
    path = (resource.text("spec", "path") or "").strip("/")
    kind = resource.type.rpartition(":")[2]
    capabilities = _ANY
    if kind == "VaultPKISecret":
        path, capabilities = f"issue/{resource.text('spec', 'role') or ''}", ("update",)
    elif kind == "VaultStaticSecret":
        path = f"data/{path}" if resource.text("spec", "type") == "kv-v2" else path
        capabilities = ("read",)
    yield Consumer(
        resource,
        ("spec", "path"),
        (login.text("spec", "mount") or "").strip("/"),
        login.text("spec", "kubernetes", "role") or "",
        f"{mount}/{path}",
        capabilities,
        resource.text("spec", "namespace"),
    )


def _named(resource: Resource, references: _References, kind: str, name: str) -> Resource | None:
    space, slash, last = name.rpartition("/")
    own = resource.text("metadata", "namespace") or ""
    return references.get(kind, space if slash else own, last)


def _external(resource: Resource, references: _References) -> Iterator[Consumer]:
    """External secrets: an entry may name a store of its own, and the mount stands in the store,
    in the key, or in both."""
    for entry, at in _entries(resource):
        store = _store(resource, references, entry)
        key = resource.text(*at)
        if key is None or store is None or not store.object("spec", "provider", "vault"):
            continue
        place = ("spec", "provider", "vault")
        mount = (store.text(*place, "path") or "").strip("/")
        folder = "" if store.text(*place, "version") == "v1" else "data/"
        inner = key.strip("/").removeprefix(f"{mount}/") if mount else key.strip("/")
        start, _, rest = inner.partition("/")
        path = f"{mount}/{folder}{inner.removeprefix('data/')}" if mount else f"{start}/{folder}{rest}"
        yield _by_kubernetes(resource, at, store, (*place, "auth", "kubernetes"), path, ("read",))


def _entries(resource: Resource) -> Iterator[tuple[Path, Path]]:
    """Where each entry stands, and its key."""
    for name, key in (("data", ("remoteRef", "key")), ("dataFrom", ("extract", "key"))):
        for index, _ in enumerate(resource.items("spec", name)):
            entry: Path = ("spec", name, index)
            yield entry, (*entry, *key)


def _store(resource: Resource, references: _References, entry: Path) -> Resource | None:
    """The store of an entry, if the stack has it: its own before that of the whole object
    (external-secrets apis/externalsecrets/v1/externalsecret_types.go, StoreSourceRef)."""
    own: Path = (*entry, "sourceRef", "storeRef")
    place = own if resource.text(*own, "name") else ("spec", "secretStoreRef")
    kind, name = resource.text(*place, "kind") or "SecretStore", resource.text(*place, "name") or ""
    cluster = kind.startswith("Cluster")
    return references.get(kind, "", name) if cluster else _named(resource, references, kind, name)


def _generator(resource: Resource, _: _References) -> Iterator[Consumer]:
    login = ("spec", "provider", "auth", "kubernetes")
    if resource.object(*login):
        path = (resource.text("spec", "path") or "").strip("/")
        yield _by_kubernetes(resource, ("spec", "path"), resource, login, path, _ANY)


def _by_kubernetes(
    resource: Resource, at: Path, holder: Resource, login: Path, path: str, capabilities: tuple[str, ...]
) -> Consumer:
    mount = (holder.text(*login, "mountPath") or "kubernetes").strip("/")
    return Consumer(resource, at, mount, holder.text(*login, "role") or "", path, capabilities)


def _driver(resource: Resource, _: _References) -> Iterator[Consumer]:
    """The Secrets Store CSI driver's class, whose objects are YAML in a text."""
    if resource.text("spec", "provider") not in {"vault", "openbao"}:
        return
    place = ("spec", "parameters")
    mount = (resource.text(*place, "vaultAuthMountPath") or "kubernetes").strip("/")
    role = resource.text(*place, "roleName") or ""
    for number, entry in enumerate(_objects(resource, (*place, "objects"))):
        path = str(among(entry, (*place, "objects", number)).get("secretPath") or "").strip("/")
        yield Consumer(resource, (*place, "objects", number), mount, role, path, _ANY)


def _objects(resource: Resource, at: Path) -> list[Any]:
    try:
        found: Any = yaml.safe_load(resource.text(*at) or "[]")
    except yaml.YAMLError:
        raise Unreadable(at, "list in YAML") from None
    if not isinstance(found, list):
        raise Unreadable(at, "list in YAML")
    return cast("list[Any]", found)


def _kong(resource: Resource, _: _References) -> Iterator[Consumer]:
    """References stand where Kong is configured; what is known here is the mount."""
    place = ("spec", "config")
    if resource.text("spec", "backend") != "hcv" or resource.text(*place, "auth_method") != "kubernetes":
        return
    mount = (resource.text(*place, "mount") or "secret").strip("/")
    folder = "/data" if resource.text(*place, "kv") == "v2" else ""
    yield Consumer(
        resource,
        (*place, "kube_role"),
        (resource.text(*place, "kube_auth_path") or "kubernetes").strip("/").removeprefix("auth/"),
        resource.text(*place, "kube_role") or "",
        f"{mount}{folder}/",
        below=True,
    )


_READERS: Final[Mapping[tuple[str, str], _Reader]] = {
    ("secrets.hashicorp.com", "VaultStaticSecret"): _operator,
    ("secrets.hashicorp.com", "VaultDynamicSecret"): _operator,
    ("secrets.hashicorp.com", "VaultPKISecret"): _operator,
    ("external-secrets.io", "ExternalSecret"): _external,
    ("generators.external-secrets.io", "VaultDynamicSecret"): _generator,
    ("secrets-store.csi.x-k8s.io", "SecretProviderClass"): _driver,
    ("configuration.konghq.com", "KongVault"): _kong,
}
