"""What the stack declares of Vault, indexed for the rules: who logs in how, and to do what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, cast

from policies.guardrails.rule import Context
from policies.guardrails.stack import Declared
from workload_secrets.decide.vault_verbs import VERBS_OF, Spot, Way, ways

Grant = tuple[str, str]
"""A secret's name and a verb."""
_READ: Final = frozenset({"read"})
_WRITE: Final = frozenset({"create", "read", "update", "patch"})


@dataclass(frozen=True)
class Principal:
    """`keyrings`: secrets whose versions it may see listed, as a gateway's keyring needs."""

    name: str
    space: str
    mount: str
    role: str
    audience: str
    grants: frozenset[Grant]
    identity: Mapping[str, Any] | None
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
        self._declared = here or {}
        self.secrets: Mapping[str, Mapping[str, Any]] = {
            name: secret
            for name, secret in _named(self._declared, "secrets")
            if secret.get("backend") in VERBS_OF
        }
        self._reach: dict[str, Mapping[str, list[Reached]]] = {}

    @cached_property
    def principals(self) -> Mapping[tuple[str, str, str], Principal]:
        """By Vault namespace, auth mount and role."""
        keyrings = self._keyrings()
        made = (
            _principal(name, principal, keyrings)
            for name, principal in _named(self._declared, "principals")
            if principal.get("vault")
        )
        return {(p.space, p.mount, p.role): p for p in made}

    @property
    def facts(self) -> Mapping[str, Any]:
        """What is declared of the server that the stack configures; empty where nothing is."""
        return _part(_part(self._declared, "facts"), "vault")

    @property
    def server(self) -> Mapping[str, Any]:
        """What is declared of a server that the stack runs; empty where it runs none."""
        return _part(self._declared, "vaultServer")

    @property
    def endpoints(self) -> Mapping[str, Any]:
        """How databases are reached, by connection."""
        return _part(_part(self._declared, "endpoints"), "databases")

    @property
    def api_audience(self) -> str | None:
        """The audience of the cluster's own tokens."""
        return _part(_part(self._declared, "facts"), "cluster").get("apiAudience")

    def of(self, kind: str) -> Iterator[Mapping[str, Any]]:
        """The declared prerequisites of a kind."""
        listed = cast("Iterable[Mapping[str, Any]]", self._declared.get("prerequisites") or ())
        return (p for p in listed if p.get("kind") == kind)

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
        inside = inner(secret.get("vaultNamespace") or "", space)
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

    def _keyrings(self) -> Mapping[str, frozenset[str]]:
        """A gateway's keyring by the workload that runs it."""
        found: dict[str, frozenset[str]] = {}
        for _, gateway in _named(self._declared, "gateways"):
            workload, keyring = gateway.get("workload"), gateway.get("keyring")
            if workload and keyring:
                found[workload] = found.get(workload, frozenset()) | {keyring}
        return found


def _part(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value.get(key) or {})


def _named(value: Mapping[str, Any], key: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    return cast("Iterable[tuple[str, Mapping[str, Any]]]", _part(value, key).items())


def inner(wanted: str, own: str) -> str | None:
    """The prefix of paths from one namespace into itself or a child; None for elsewhere."""
    wanted, own = wanted.strip("/"), own.strip("/")
    if wanted == own:
        return ""
    if own and not wanted.startswith(f"{own}/"):
        return None
    return wanted.removeprefix(own).strip("/") + "/"


def vault_of(context: Context) -> Vault:
    """What the stack declares of Vault. Rules about one resource ask again and again, so the
    last one is kept."""
    if not _KEPT or _KEPT[0][0] is not context.declared:
        _KEPT[:] = [(context.declared, Vault(context.declared))]
    return _KEPT[0][1]


_KEPT: Final[list[tuple[Declared | None, Vault]]] = []


def _principal(name: str, given: Mapping[str, Any], keyrings: Mapping[str, frozenset[str]]) -> Principal:
    vault = given["vault"]
    return Principal(
        name=name,
        space=(vault.get("vaultNamespace") or "").strip("/"),
        mount=vault["authMount"].strip("/"),
        role=vault["role"],
        audience=vault.get("audience") or "",
        grants=frozenset((grant["secret"], grant["verb"]) for grant in given.get("grants") or ()),
        identity=given.get("identity"),
        namespace=given.get("namespace") or "",
        account=given.get("serviceAccount") or "",
        keyrings=keyrings.get(name, frozenset()),
    )


def _spot(secret: Mapping[str, Any]) -> Spot:
    static = bool(_part(secret, "database").get("staticUsername"))
    return Spot(mount=secret.get("mount") or "", path=secret.get("path") or "", static=static)


def _metadata(path: str, secret: Mapping[str, Any]) -> str:
    mount, name = secret.get("mount") or "", secret.get("path") or ""
    return path.removesuffix(f"{mount}/data/{name}") + f"{mount}/metadata/{name}"
