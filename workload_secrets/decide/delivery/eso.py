"""Whose rights the objects of the External Secrets Operator use, and for which namespaces.

external-secrets/external-secrets 2.9.0:
- pkg/controllers/secretstore/client_manager.go: a ClusterSecretStore without conditions is for
  every namespace, else for those that any condition takes.
- runtime/esutils/resolvers/secret_ref.go, providers/v1/vault/auth.go, providers/v1/aws/auth/auth.go,
  runtime/esutils/k8s_rest_config.go: a reference of a ClusterSecretStore may name a namespace. One
  that names none, and every reference of another kind, is of the namespace that consumes.
- runtime/esutils/utils.go, GetTargetNamespaces: where the Cluster… kinds make their objects.
- generators/v1/vault/vault.go, runtime/esutils/resolvers/generator.go: a ClusterGenerator is read as
  a generator of the namespace that consumes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from workload_secrets.decide.delivery.model import OPERATOR, UNKNOWN, Identity, Login, Object
from workload_secrets.decide.delivery.node import Node
from workload_secrets.decide.delivery.spaces import EVERY, Spaces, matching, only, selected, union

CLUSTER_STORE: Final = "ClusterSecretStore"
_REMOTE: Final = "default"
"""The namespace that the Kubernetes provider reads where none is named
(apis/externalsecrets/v1/secretstore_kubernetes_types.go)."""
_AWS: Final = (
    "jwt.serviceAccountRef",
    "secretRef.accessKeyIDSecretRef secretRef.secretAccessKeySecretRef",
)
_VAULT: Final[Mapping[str, tuple[str, ...]]] = {
    "tokenSecretRef": ("",),
    "appRole": ("secretRef",),
    "kubernetes": ("serviceAccountRef", "secretRef"),
    "ldap": ("secretRef",),
    "userPass": ("secretRef",),
    "jwt": ("secretRef", "kubernetesServiceAccountToken.serviceAccountRef"),
    "cert": ("clientCert secretRef",),
    "iam": _AWS,
    "gcp": ("secretRef.secretAccessKeySecretRef", "workloadIdentity.serviceAccountRef"),
}
"""Methods in the order in which they are looked for, and where each looks for its identity: the
first place that is given; several in one text are parts of one credential. A method that finds
none takes the operator's own (providers/v1/vault/auth.go and its neighbours)."""
_KUBERNETES: Final = (
    "authRef",
    "auth.token.bearerToken",
    "auth.serviceAccount",
    "auth.cert.clientCert auth.cert.clientKey",
)
_PUBLIC: Final = frozenset({"caProvider", "caBundle"})
"""What holds no secret: the authorities that are trusted."""
_GENERATORS: Final = {
    "VaultDynamicSecret": ("vaultDynamicSecretSpec", "vault"),
    "STSSessionToken": ("stsSessionTokenSpec", "aws"),
    "ECRAuthorizationToken": ("ecrAuthorizationTokenSpec", "aws"),
}


@dataclass(frozen=True, kw_only=True)
class Use:
    """A reference at `at` to a ClusterSecretStore, by its name or by its labels, and for which
    namespaces it is used. `remotes` are namespaces that it writes to; empty text is the store's."""

    at: Node
    name: str
    labels: Node
    spaces: Spaces
    pushes: bool = False
    remotes: tuple[str, ...] = ()


def store_login(store: Object) -> Login:
    """How a SecretStore or ClusterSecretStore logs in."""
    whole = store.kind == CLUSTER_STORE
    provider = store.spec.at("provider")
    for kind in ("vault", "openbao"):
        if provider.at(kind).given:
            return _vault(provider.at(kind, "auth"), whole)
    if provider.at("aws").given:
        return Login(by=_identity(provider.at("aws", "auth"), _AWS, whole), system="aws")
    kubernetes = provider.at("kubernetes")
    if kubernetes.given:
        remote = kubernetes.at("remoteNamespace").text() or _REMOTE
        return Login(by=_identity(kubernetes, _KUBERNETES, whole), system="kubernetes", remote=remote)
    return Login(by=_of_others(provider, whole), system="other")


def generator_login(item: Object) -> Login | None:
    """How a generator logs in; None for one that isn't of Vault or AWS."""
    kind, spec = item.kind, item.spec
    if kind == "ClusterGenerator":
        kind, generator = spec.at("kind").text(), spec.at("generator")
        spec = generator.at(_GENERATORS[kind][0]) if kind in _GENERATORS else generator
    if kind not in _GENERATORS:
        return None
    if _GENERATORS[kind][1] == "vault":
        return _vault(spec.at("provider", "auth"), whole=False)
    return Login(by=_identity(spec.at("auth"), _AWS, whole=False), system="aws")


def store_spaces(store: Object) -> Spaces:
    """For which namespaces a store may be used."""
    if store.kind != CLUSTER_STORE:
        return only(store.namespace)
    conditions = tuple(store.spec.at("conditions").each())
    return union(_condition(condition) for condition in conditions) if conditions else EVERY


def _condition(condition: Node) -> Spaces:
    names = only(*condition.at("namespaces").texts())
    return names | selected(condition.at("namespaceSelector")) | matching(condition.at("namespaceRegexes"))


def uses(item: Object) -> Iterator[Use]:
    """Every reference of an object to a ClusterSecretStore."""
    spec = item.spec
    if item.kind == "ExternalSecret":
        yield from _reads(spec, only(item.namespace))
    elif item.kind == "ClusterExternalSecret":
        selectors = (spec.at("namespaceSelector"), *spec.at("namespaceSelectors").each())
        spaces = only(*spec.at("namespaces").texts()) | union(map(selected, selectors))
        yield from _reads(spec.at("externalSecretSpec"), spaces)
    elif item.kind == "PushSecret":
        yield from _pushes(spec, only(item.namespace))
    elif item.kind == "ClusterPushSecret":
        spaces = union(map(selected, spec.at("namespaceSelectors").each()))
        yield from _pushes(spec.at("pushSecretSpec"), spaces)


def _reads(spec: Node, spaces: Spaces) -> Iterator[Use]:
    entries = (*spec.at("data").each(), *spec.at("dataFrom").each())
    for ref in (spec.at("secretStoreRef"), *(entry.at("sourceRef", "storeRef") for entry in entries)):
        if ref.at("kind").text() == CLUSTER_STORE:
            yield Use(at=ref, name=ref.at("name").text(), labels=Node(None), spaces=spaces)


def _pushes(spec: Node, spaces: Spaces) -> Iterator[Use]:
    entries = (*spec.at("data").each(), *spec.at("dataTo").each())
    remotes = dict.fromkeys(e.at("metadata", "spec", "remoteNamespace").text() for e in entries)
    for ref in spec.at("secretStoreRefs").each():
        if ref.at("kind").text() == CLUSTER_STORE:
            yield Use(
                at=ref,
                name=ref.at("name").text(),
                labels=ref.at("labelSelector"),
                spaces=spaces,
                pushes=True,
                remotes=tuple(remotes),
            )


def _vault(auth: Node, whole: bool) -> Login:
    """Without `auth` there is no login: then a proxy before the server has one for everybody."""
    for method, places in _VAULT.items():
        block = auth.at(method)
        if block.given:
            return Login(
                by=_identity(block, places, whole),
                system="vault",
                mount=_mount(method, block),
                role=block.at("role").text() if method in ("kubernetes", "jwt") else "",
            )
    return Login(by=OPERATOR, system="vault")


def _mount(method: str, block: Node) -> str:
    """The auth mount of a login by a token of Kubernetes; empty for other methods."""
    if method not in ("kubernetes", "jwt"):
        return ""
    return block.at("mountPath" if method == "kubernetes" else "path").text().strip("/") or method


def _identity(block: Node, places: tuple[str, ...], whole: bool) -> Identity:
    """Of several parts of a credential, one that names a namespace is enough to make it that
    namespace's."""
    for place in places:
        parts = [(path, block.at(*filter(None, path.split(".")))) for path in place.split(" ")]
        found = [_referred(path, ref, whole) for path, ref in parts if ref.given]
        if found:
            return next((one for one in found if one.kind != "consumer"), found[0])
    return OPERATOR


def _of_others(provider: Node, whole: bool) -> Identity:
    """Of providers that aren't read one by one: the first reference that names a namespace, else any
    reference; they have names of their own, and all the same form (apis/meta/v1/types.go)."""
    found = [_referred(path, ref, whole) for path, ref in _references("", provider)]
    return next((one for one in found if one.kind != "consumer"), found[0] if found else UNKNOWN)


def _references(key: str, node: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(node.value, list | tuple):
        for entry in node.each():
            yield from _references(key, entry)
    elif isinstance(node.value, Mapping):
        keys = set(node.mapping())
        if "name" in keys and (keys & {"key", "namespace"} or key.endswith("Ref")):
            yield key, node
        for below in sorted(keys - _PUBLIC):
            yield from _references(below, node.at(below))


def _referred(path: str, ref: Node, whole: bool) -> Identity:
    account = "serviceAccount" in path.rpartition(".")[2]
    name, namespace = ref.at("name").text(), ref.at("namespace").text() if whole else ""
    if not namespace:
        return Identity(kind="consumer", name=f"{'ServiceAccount' if account else 'Secret'} {name}")
    return Identity(kind="account" if account else "credential", namespace=namespace, name=name)
