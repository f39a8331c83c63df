"""The Vault half of a graph: auth mounts, roles and policies, by Vault namespace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from workload_secrets.access import outsiders
from workload_secrets.access.authorities import authorities
from workload_secrets.access.candidates import bound_subjects
from workload_secrets.access.documents import known, text, texts
from workload_secrets.decide import token_role
from workload_secrets.decide.answer import Answer
from workload_secrets.decide.approle import RoleId
from workload_secrets.declaration import Declaration
from workload_secrets.graph.model import Graph, Resource

_KUBERNETES_ROLE = "vault:kubernetes/authBackendRole:AuthBackendRole"
_JWT_ROLE = "vault:jwt/authBackendRole:AuthBackendRole"
_KINDS: Final[Mapping[str, outsiders.Method]] = {
    _KUBERNETES_ROLE: "kubernetes",
    _JWT_ROLE: "jwt",
    "vault:appRole/authBackendRole:AuthBackendRole": "approle",
    "vault:index/certAuthBackendRole:CertAuthBackendRole": "cert",
    "vault:tokenauth/authBackendRole:AuthBackendRole": "token",
}
_MAKERS: Final = "of whoever makes the token"
"""Stands for policies that no document names."""


@dataclass(frozen=True)
class VaultRole:
    """`mount_inputs` are those of the auth mount's own configuration; `accessor` names the
    mount in templated policies, empty where the graph doesn't hold the mount. `role_id` is an
    AppRole's, which the server makes. `policies` are those of a login; `further` what whoever
    makes a token may give it beside them."""

    mount: str
    name: str
    namespace: str
    kind: outsiders.Method
    inputs: Mapping[str, Any]
    mount_inputs: Mapping[str, Any]
    accessor: str
    policies: tuple[str, ...]
    source: str
    role_id: str = ""
    further: tuple[str, ...] = ()

    @property
    def widest(self) -> VaultRole:
        """The role with everything that a token of it can have."""
        return replace(self, policies=(*self.policies, *self.further)) if self.further else self

    @property
    def place(self) -> RoleId:
        return (self.namespace, self.mount, self.name)

    @property
    def subjects(self) -> frozenset[str] | None:
        """Who can be admitted at all; None where nobody can say."""
        if self.kind == "approle":
            open_ = self.inputs.get("bindSecretId", True) is not True
            return None if open_ else frozenset({outsiders.approle_subject(self.place)})
        if self.kind == "token":
            return frozenset({outsiders.token_subject(self.place)})
        if self.kind == "cert":
            names = (*texts(self.inputs.get("allowedCommonNames")), *texts(self.inputs.get("allowedDnsSans")))
            exact = names and not any("*" in name for name in names)
            return frozenset(map(outsiders.certificate_subject, names)) if exact else None
        return bound_subjects(self.inputs)


@dataclass(frozen=True)
class VaultView:
    """`roles` by (namespace, mount, role); `policies` texts by (namespace, name).
    `delegators` are the subjects bound to system:auth-delegator, `authorities` the CAs of PKI
    mounts by their certificates."""

    roles: Mapping[tuple[str, str, str], VaultRole]
    policies: Mapping[tuple[str, str], str]
    delegators: frozenset[str]
    authorities: Mapping[str, str]


def vault_view(graph: Graph, declaration: Declaration) -> VaultView:
    """Collects every role and policy of the graph."""
    base = declaration.facts.vault.namespace if declaration.facts.vault else None
    policies = graph.of("vault:index/policy:Policy")
    owned = {
        p.name: _by_owner(p.url or declaration.facts.cluster.oidc_issuer)
        for p in declaration.prerequisites
        if p.kind == "authMount"
    }
    texts_of = {
        (_namespace(r, base or ""), text(known(r, "name"))): text(r.inputs.get("policy")) for r in policies
    }
    roles = (_role(graph, r, base or "", owned) for type_ in _KINDS for r in graph.of(type_))
    return VaultView(
        roles={role.place: _with_further(role, texts_of) for role in roles},
        policies=texts_of,
        delegators=frozenset(_delegators(graph)),
        authorities=authorities(graph, lambda resource: _namespace(resource, base or "")),
    )


def _delegators(graph: Graph) -> Iterator[str]:
    for r in graph.of("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"):
        reference = cast("Mapping[str, Any]", r.inputs.get("roleRef") or {})
        if reference.get("name") != "system:auth-delegator":
            continue
        for subject in cast("list[Mapping[str, Any]]", r.inputs.get("subjects") or []):
            if subject.get("kind") == "ServiceAccount":
                yield f"system:serviceaccount:{subject.get('namespace')}:{subject.get('name')}"


def _role(
    graph: Graph, resource: Resource, base: str, owned: Mapping[str | None, Mapping[str, Any]]
) -> VaultRole:
    kind = _KINDS[resource.type]
    mount = text(resource.inputs.get("backend")) or kind
    config, accessor = _mount(graph, mount)
    config = config or owned.get(mount, {})
    without = resource.inputs.get("tokenNoDefaultPolicy") is True
    names = texts(resource.inputs.get("tokenPolicies"))
    policies = names if without else (*names, "default")
    if kind == "token":
        usual = token_role.usual(resource.inputs)
        policies = (_MAKERS,) if usual is None else usual
    return VaultRole(
        mount=mount,
        name=text(resource.inputs.get("name" if kind == "cert" else "roleName")),
        namespace=_namespace(resource, base),
        kind=kind,
        inputs=resource.inputs,
        mount_inputs=config,
        accessor=accessor,
        policies=policies,
        source=resource.source,
        role_id=text(known(resource, "roleId")),
    )


def _with_further(role: VaultRole, known_policies: Iterable[tuple[str, str]]) -> VaultRole:
    """Names every policy of the graph that a token of the role can have beside the usual ones."""
    if role.kind != "token":
        return role
    names = (name for namespace, name in known_policies if namespace == role.namespace)
    further = (n for n in names if token_role.carries(role.inputs, n).answer is Answer.YES)
    return replace(role, further=tuple(n for n in further if n not in role.policies))


def _by_owner(issuer: str) -> Mapping[str, Any]:
    """What the owner of an existing jwt mount is trusted to have configured; a login shows it."""
    return {"boundIssuer": issuer, "oidcDiscoveryUrl": issuer}


def _mount(graph: Graph, path: str) -> tuple[Mapping[str, Any], str]:
    for r in graph.of("vault:jwt/authBackend:AuthBackend"):
        if text(known(r, "path")) == path:
            return r.inputs, text(r.outputs.get("accessor"))
    accessor = ""
    for r in graph.of("vault:index/authBackend:AuthBackend"):
        if text(known(r, "path")) == path:
            accessor = text(r.outputs.get("accessor"))
    for r in graph.of("vault:kubernetes/authBackendConfig:AuthBackendConfig"):
        if text(r.inputs.get("backend")) == path:
            return r.inputs, accessor
    return {}, accessor


def _namespace(resource: Resource, base: str) -> str:
    own = text(resource.inputs.get("namespace"))
    return "/".join(part for part in (base, own) if part)
