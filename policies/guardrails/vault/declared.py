"""What the stack declares of Vault, indexed for the rules: who logs in how, and to do what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from policies.guardrails.declaration import entries, part, parts, word
from policies.guardrails.rule import Context
from policies.guardrails.stack import Declared
from workload_secrets.decide.namespaces import inner
from workload_secrets.decide.vault_verbs import VERBS_OF, Spot, Way, ways

Grant = tuple[str, str]
"""A secret's name and a verb."""
_READ: Final = frozenset({"read"})
_WRITE: Final = frozenset({"create", "read", "update", "patch"})


@dataclass(frozen=True)
class Principal:
    """`keyrings`: secrets whose versions it may see listed, as a gateway's keyring needs.
    `identity` is empty for a pod."""

    name: str
    space: str
    mount: str
    role: str
    audience: str
    grants: frozenset[Grant]
    identity: Mapping[str, Any]
    namespace: str
    account: str
    keyrings: frozenset[str]


@dataclass(frozen=True)
class Reached:
    """A verb on a secret that a request is, seen from one Vault namespace."""

    secret: str
    verb: str
    way: Way


class Vault:
    """`here` is what is declared; nothing of it where a program declares nothing."""

    def __init__(self, here: Declared | None) -> None:
        self._declared = here
        self.secrets: Mapping[str, Mapping[str, Any]] = {
            name: secret for name, secret in parts(here, "secrets") if word(secret, "backend") in VERBS_OF
        }
        self._reach: dict[str, Mapping[str, list[Reached]]] = {}

    @cached_property
    def principals(self) -> Mapping[tuple[str, str, str], Principal]:
        """By Vault namespace, auth mount and role."""
        keyrings = self._keyrings()
        made = (
            _principal(name, principal, keyrings)
            for name, principal in parts(self._declared, "principals")
            if word(principal, "vault", "authMount") and word(principal, "vault", "role")
        )
        return {(p.space, p.mount, p.role): p for p in made}

    @property
    def facts(self) -> Mapping[str, Any]:
        """What is declared of the server that the stack configures; empty where nothing is."""
        return part(self._declared, "facts", "vault")

    @property
    def server(self) -> Mapping[str, Any]:
        """What is declared of a server that the stack runs; empty where it runs none."""
        return part(self._declared, "vaultServer")

    @property
    def endpoints(self) -> Mapping[str, Any]:
        """How databases are reached, by connection."""
        return part(self._declared, "endpoints", "databases")

    @property
    def api_audience(self) -> str | None:
        """The audience of the cluster's own tokens."""
        return word(self._declared, "facts", "cluster", "apiAudience") or None

    def of(self, kind: str) -> Iterator[Mapping[str, Any]]:
        """The declared prerequisites of a kind."""
        return (p for p in entries(self._declared, "prerequisites") if p.get("kind") == kind)

    def reach(self, space: str) -> Mapping[str, list[Reached]]:
        """Every request that is a verb on a declared secret, by its path seen from a namespace."""
        if space not in self._reach:
            found: dict[str, list[Reached]] = defaultdict(list)
            for name, secret in self.secrets.items():
                for reached in self.requests(name, secret, space):
                    found[reached.way.path.strip("/")].append(reached)
            self._reach[space] = found
        return self._reach[space]

    def requests(
        self, name: str, secret: Mapping[str, Any], space: str, verbs: Iterable[str] | None = None
    ) -> Iterator[Reached]:
        """The requests that are a verb on one secret; none where the namespace can't reach it."""
        inside = inner(word(secret, "vaultNamespace"), space)
        if inside is None:
            return
        backend, spot = secret["backend"], _spot(secret)
        for verb in VERBS_OF[backend] if verbs is None else verbs:
            for way in ways(backend, verb, spot) if verb in VERBS_OF[backend] else ():
                yield Reached(name, verb, Way(inside + way.path, way.capabilities))

    def allowed(self, principal: Principal) -> Mapping[str, frozenset[str]]:
        """The capabilities by path that its declared verbs need. A writer reads the metadata for
        the version that it replaces."""
        found: dict[str, frozenset[str]] = {}
        for name, verb in sorted(principal.grants):
            secret = self.secrets.get(name)
            if secret is None:
                continue
            for reached in self.requests(name, secret, principal.space, (verb,)):
                way = reached.way
                granted = _WRITE if verb == "write" else frozenset(way.capabilities)
                found[way.path] = found.get(way.path, frozenset()) | granted
                if secret["backend"] == "vault" and (verb == "write" or name in principal.keyrings):
                    found[_metadata(way.path, secret)] = _READ
                break  # the request that clients make; the others of the verb aren't needed
        return found

    @cached_property
    def granted_to_any(self) -> frozenset[Grant]:
        """What any principal is declared to do."""
        return frozenset(grant for principal in self.principals.values() for grant in principal.grants)

    @cached_property
    def allowed_to_any(self) -> Mapping[str, frozenset[str]]:
        """The capabilities by path that any principal's declared verbs need."""
        found: dict[str, frozenset[str]] = {}
        for principal in self.principals.values():
            for path, capabilities in self.allowed(principal).items():
                found[path] = found.get(path, frozenset()) | capabilities
        return found

    @cached_property
    def has_jobs(self) -> bool:
        """Whether jobs are declared that deploy the stack or look at it."""
        return any(word(principal, "job") for _, principal in parts(self._declared, "principals"))

    def _keyrings(self) -> Mapping[str, frozenset[str]]:
        """A gateway's keyring by the workload that runs it."""
        found: dict[str, frozenset[str]] = {}
        for _, gateway in parts(self._declared, "gateways"):
            workload, keyring = word(gateway, "workload"), word(gateway, "keyring")
            if workload and keyring:
                found[workload] = found.get(workload, frozenset()) | {keyring}
        return found


def vault_of(context: Context) -> Vault:
    """What the stack declares of Vault."""
    return context.index(Vault)


def _principal(name: str, given: Mapping[str, Any], keyrings: Mapping[str, frozenset[str]]) -> Principal:
    return Principal(
        name=name,
        space=word(given, "vault", "vaultNamespace").strip("/"),
        mount=word(given, "vault", "authMount").strip("/"),
        role=word(given, "vault", "role"),
        audience=word(given, "vault", "audience"),
        grants=frozenset((word(g, "secret"), word(g, "verb")) for g in entries(given, "grants")),
        identity=part(given, "identity"),
        namespace=word(given, "namespace"),
        account=word(given, "serviceAccount"),
        keyrings=keyrings.get(name, frozenset()),
    )


def _spot(secret: Mapping[str, Any]) -> Spot:
    static = bool(word(secret, "database", "staticUsername"))
    return Spot(mount=word(secret, "mount"), path=word(secret, "path"), static=static)


def _metadata(path: str, secret: Mapping[str, Any]) -> str:
    mount, name = word(secret, "mount"), word(secret, "path")
    return path.removesuffix(f"{mount}/data/{name}") + f"{mount}/metadata/{name}"
