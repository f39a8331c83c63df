"""What the evaluators of delivery objects read, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from workload_secrets.decide.answer import Answer
from workload_secrets.decide.delivery.node import Node, Path, Unclear
from workload_secrets.decide.delivery.spaces import Others

KINDS: Final[Mapping[str, frozenset[str]]] = {
    "external-secrets.io": frozenset(
        {
            "SecretStore",
            "ClusterSecretStore",
            "ExternalSecret",
            "ClusterExternalSecret",
            "PushSecret",
            "ClusterPushSecret",
        }
    ),
    "generators.external-secrets.io": frozenset(
        {"VaultDynamicSecret", "STSSessionToken", "ECRAuthorizationToken", "ClusterGenerator"}
    ),
    "secrets.hashicorp.com": frozenset({"VaultAuth", "VaultAuthGlobal", "CSISecrets"}),
}
"""The kinds that decide it, by API group. All other kinds of VSO (VaultStaticSecret, HCPAuth and
so on) log in with what the namespace of the secret has (credentials/vault, credentials/hcp), and
so does a SecretProviderClass with the pod's own account (pkg/secrets-store/nodeserver.go)."""
_PREFIX: Final = "kubernetes:"
_DEFAULT: Final = "default"
_NAMESPACES: Final = ("kubernetes:core/v1:Namespace", "kubernetes:core:Namespace")


@dataclass(frozen=True, kw_only=True)
class Object:
    """One object of a kind that decides. `key` is what the caller knows it by; `provided` the
    namespace of its Pulumi provider."""

    key: str
    kind: str
    inputs: Node
    provided: Node

    @property
    def spec(self) -> Node:
        return self.inputs.at("spec")

    @property
    def name(self) -> str:
        """Raises Unclear where it isn't known; empty where the provider makes one up."""
        return self.inputs.at("metadata", "name").text()

    @property
    def namespace(self) -> str:
        """Where it lies; of no meaning for kinds of the whole cluster. Raises Unclear."""
        return self.inputs.at("metadata", "namespace").text() or self.provided.text() or _DEFAULT

    @property
    def title(self) -> str:
        """`ClusterSecretStore billing`."""
        try:
            return f"{self.kind} {self.name}"
        except Unclear:
            return self.kind


Registered = tuple[str, str, Mapping[str, Any], Mapping[str, Any]]
"""A Pulumi resource: its key, type token, inputs, and the settings of its provider."""


def read(key: str, type_: str, inputs: Mapping[str, Any], provider: Mapping[str, Any]) -> Object | None:
    """An object of a Pulumi resource, from its type token and inputs; a patch too, as if it were
    the whole. None for other kinds. `provider` are the settings of its provider."""
    group, _, kind = type_.removeprefix(_PREFIX).rpartition(":")
    kind = kind.removesuffix("Patch")
    if not type_.startswith(_PREFIX) or kind not in KINDS.get(group.partition("/")[0], ()):
        return None
    return Object(
        key=key,
        kind=kind,
        inputs=Node(inputs),
        provided=Node(provider.get("namespace"), ("provider", "namespace")),
    )


def labelled(type_: str, inputs: Mapping[str, Any]) -> tuple[str, Node] | None:
    """Name and labels of a resource that is a namespace; None of others, and without a name."""
    if type_ not in _NAMESPACES:
        return None
    metadata = Node(inputs).at("metadata")
    try:
        name = metadata.at("name").text()
    except Unclear:
        return None
    return (name, metadata.at("labels")) if name else None


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Whose rights are used. `account`: the ServiceAccount of this namespace and name, for every
    consumer; `credential`: what a Secret there holds; `consumer`: an account or a Secret of the
    namespace that the value goes to; `operator`: the operator's own pod, its node or its files."""

    kind: Literal["account", "credential", "consumer", "operator", "unknown"]
    namespace: str = ""
    name: str = ""

    def __str__(self) -> str:
        place = f"{self.namespace}/{self.name}"
        known = (
            f"as the ServiceAccount {place}" if self.name else f"as an account of namespace {self.namespace}"
        )
        return {
            "account": known,
            "credential": f"with what the Secret {place} holds",
            "consumer": f"with the consuming namespace's own {self.name}",
            "operator": "as the operator itself",
            "unknown": "as an identity that isn't known here",
        }[self.kind]


OPERATOR: Final = Identity(kind="operator")
UNKNOWN: Final = Identity(kind="unknown")


@dataclass(frozen=True, kw_only=True)
class Login:
    """Where the identity logs in. `mount` and `role` are of a Vault login by a token of an account;
    `remote` is the namespace whose Secrets are read, where the system is Kubernetes."""

    by: Identity
    system: Literal["vault", "aws", "kubernetes", "other", "unknown"]
    mount: str = ""
    role: str = ""
    remote: str = ""

    @property
    def home(self) -> str | None:
        """The namespace that the values belong to; None where they are nobody's, or it isn't known."""
        return self.remote or self.by.namespace or None

    @property
    def told(self) -> bool:
        """Whether it can be told which rights it gets: those of an account, by a token of it."""
        return self.by.kind == "account" and not self.remote and (self.system != "vault" or bool(self.mount))

    @property
    def own(self) -> bool:
        """Whether each namespace gets only what is its own to read."""
        return self.by.kind == "consumer" and not self.remote


@dataclass(frozen=True, kw_only=True)
class Route:
    """A way by which values go to other namespaces than the one they belong to. `item` says so at
    `at`, and `through` is what lets them through, which may be the same object. `pushes`: the
    others write there, too."""

    item: Object
    at: Path
    through: str
    login: Login
    others: Others
    pushes: bool = False

    def sentence(self, reads: str = "") -> str:
        """What it lets happen; `reads` are names of secrets that the identity reads."""
        own = self.through == self.item.title
        who = "it" if own else self.through
        if self.login.system == "unknown":
            who = f"the stack doesn't make {self.through}: it"
        lets = "lets" if self.others.answer is Answer.YES else "may let"
        what = f", which reads {reads}" if reads else ""
        if self.login.remote:
            what = " and write" if self.pushes else ""
            return f"{who} {lets} {self.others.words} read{what} Secrets of namespace {self.login.remote}"
        return f"{who} {lets} {self.others.words} log in {self.login.by}{what}"
