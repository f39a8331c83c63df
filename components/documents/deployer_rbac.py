"""Kubernetes RBAC for the deployer and for the prover of exactly one stack.

RBAC can't bound a `create` by name. In namespaces that exist the rights stand in a Role. In
those the stack makes no Role can stand before the namespace, so there the accounts' rights
are cluster-wide by name. A same-named account elsewhere gains nothing by it: every IAM and
Vault role names the namespace.

After each deletion the provider waits with an informer for the object to be gone. It lists and
watches the whole kind in the object's namespace and sends no field selector, so `list` and
`watch` can't be bound by name either; without them it waits for ever. No kind here is a Secret.
(pulumi-kubernetes 4.32.0, provider/pkg/await/await.go Deletion, informers/factory.go Subscribe)

The prover's objects come after the deploy: its Roles stand in all of the stack's namespaces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DEPLOYER = "workload-secrets:deployer"
PROVER = "workload-secrets:prover"
_API = "rbac.authorization.k8s.io"
_MENDIX = "privatecloud.mendix.com"
_PATCH = ("get", "patch")

Rule = dict[str, Any]
Object = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class CustomNames:
    """Custom resources of one kind in one namespace; of a cluster-scoped kind in none."""

    group: str
    plural: str
    namespace: str | None
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class StackObjects:
    """What the stack has in Kubernetes, by namespace and name.

    `accounts`: all of its ServiceAccounts; `existing_accounts` those that it doesn't make, and
    `patched_accounts` those among them on which it sets something.
    `mendix_runtimes`: namespace and name of the Runtime objects that the prover looks at.
    `targets`: kind, namespace and name of the objects whose pod templates are patched.
    `binding`: the ClusterRoleBinding of the token reviewers, `binding_role` what it gives.
    `custom`: the objects that other operators act on. `keeps_namespaces`: the created ones are
    never deleted, as in production.
    """

    created_namespaces: tuple[str, ...] = ()
    existing_namespaces: tuple[str, ...] = ()
    created_accounts: tuple[tuple[str, str], ...] = ()
    existing_accounts: tuple[tuple[str, str], ...] = ()
    patched_accounts: tuple[tuple[str, str], ...] = ()
    operator_namespaces: tuple[str, ...] = ()
    operator_configuration: str = "mendix-operator-configuration"
    mendix_runtimes: tuple[tuple[str, str], ...] = ()
    targets: tuple[tuple[str, str, str], ...] = ()
    binding: str | None = None
    binding_role: str = "system:auth-delegator"
    custom: tuple[CustomNames, ...] = ()
    keeps_namespaces: bool = False

    @property
    def accounts(self) -> tuple[tuple[str, str], ...]:
        return tuple(sorted({*self.created_accounts, *self.existing_accounts}))


def deployer_rbac(stack: StackObjects) -> list[Object]:
    """Roles and bindings for the user DEPLOYER, as Kubernetes objects."""
    made = frozenset(stack.created_namespaces)
    cluster: list[Rule] = []
    if made:
        own = _kept if stack.keeps_namespaces else _owned
        cluster += own("", "namespaces", stack.created_namespaces)
    anywhere = {name for namespace, name in stack.created_accounts if namespace in made}
    if anywhere:
        cluster += _owned("", "serviceaccounts", sorted(anywhere))
    if stack.binding:
        cluster += _owned(_API, "clusterrolebindings", (stack.binding,))
        # Without `bind` one can only give what one has. Exactly this role may be given.
        cluster.append(_rule(_API, "clusterroles", ("bind",), (stack.binding_role,)))
    rules: dict[str, list[Rule]] = {}
    for namespace, names in _by_namespace(stack.created_accounts).items():
        if namespace not in made:
            rules.setdefault(namespace, []).extend(_owned("", "serviceaccounts", names))
    for namespace, names in _by_namespace(stack.patched_accounts).items():
        rules.setdefault(namespace, []).append(_rule("", "serviceaccounts", _PATCH, names))
    for namespace in stack.operator_namespaces:
        rules.setdefault(namespace, []).append(
            _rule(_MENDIX, "operatorconfigurations", _PATCH, (stack.operator_configuration,))
        )
    cluster += _anywhere([item for item in stack.custom if item.namespace is None or item.namespace in made])
    for item in stack.custom:
        if item.namespace is not None and item.namespace not in made:
            rules.setdefault(item.namespace, []).extend(_owned(item.group, item.plural, item.names))
    _add_targets(rules, stack, _PATCH)
    return _objects(DEPLOYER, cluster, rules)


def prover_rbac(stack: StackObjects) -> list[Object]:
    """Roles and bindings for the user PROVER: reads the stack's accounts and objects, and mints the
    accounts' tokens."""
    namespaces = {*stack.created_namespaces, *stack.existing_namespaces, *stack.operator_namespaces}
    cluster = [_rule("", "namespaces", ("get",), sorted(namespaces))] if namespaces else []
    rules: dict[str, list[Rule]] = {}
    for namespace, names in _by_namespace(stack.accounts).items():
        rules[namespace] = [
            _rule("", "serviceaccounts", ("get",), names),
            _rule("", "serviceaccounts/token", ("create",), names),
        ]
    for namespace in stack.operator_namespaces:
        rules.setdefault(namespace, []).append(
            _rule(_MENDIX, "operatorconfigurations", ("get",), (stack.operator_configuration,))
        )
    for namespace, names in _by_namespace(stack.mendix_runtimes).items():
        rules.setdefault(namespace, []).append(_rule(_MENDIX, "runtimes", ("get",), names))
    for item in stack.custom:
        held = cluster if item.namespace is None else rules.setdefault(item.namespace, [])
        held.append(_rule(item.group, item.plural, ("get",), item.names))
    _add_targets(rules, stack, ("get",))
    return _objects(PROVER, cluster, rules)


def _anywhere(items: Sequence[CustomNames]) -> list[Rule]:
    """Cluster-wide by name, for namespaces that the stack makes itself and for objects in none."""
    found: dict[tuple[str, str], set[str]] = {}
    for item in items:
        found.setdefault((item.group, item.plural), set()).update(item.names)
    return [rule for (group, plural), names in found.items() for rule in _owned(group, plural, sorted(names))]


def _add_targets(rules: dict[str, list[Rule]], stack: StackObjects, verbs: Sequence[str]) -> None:
    for kind, namespace, name in stack.targets:
        group = "batch" if kind == "CronJob" else "apps"
        rules.setdefault(namespace, []).append(_rule(group, f"{kind.lower()}s", verbs, (name,)))


def _by_namespace(objects: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """The names of the objects in each namespace."""
    found: dict[str, list[str]] = {}
    for namespace, name in objects:
        found.setdefault(namespace, []).append(name)
    return found


def _owned(group: str, resource: str, names: Sequence[str]) -> list[Rule]:
    """Made, changed and deleted by the stack."""
    return [
        _rule(group, resource, ("create", "list", "watch")),
        _rule(group, resource, ("delete", *_PATCH), names),
    ]


def _kept(group: str, resource: str, names: Sequence[str]) -> list[Rule]:
    """Made and changed by the stack, and never deleted."""
    return [_rule(group, resource, ("create",)), _rule(group, resource, _PATCH, names)]


def _rule(group: str, resource: str, verbs: Sequence[str], names: Sequence[str] | None = None) -> Rule:
    rule: Rule = {"apiGroups": [group], "resources": [resource], "verbs": sorted(verbs)}
    return {**rule, "resourceNames": sorted(names)} if names is not None else rule


def _objects(user: str, cluster: Sequence[Rule], rules: Mapping[str, Sequence[Rule]]) -> list[Object]:
    objects: list[Object] = []
    if cluster:
        objects += [
            _object("ClusterRole", user, rules=list(cluster)),
            _object("ClusterRoleBinding", user, **_binding("ClusterRole", user)),
        ]
    for namespace, held in sorted(rules.items()):
        objects += [
            _object("Role", user, namespace, rules=list(held)),
            _object("RoleBinding", user, namespace, **_binding("Role", user)),
        ]
    return objects


def _object(kind: str, name: str, namespace: str | None = None, **body: Any) -> Object:
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {"apiVersion": f"{_API}/v1", "kind": kind, "metadata": metadata, **body}


def _binding(kind: str, user: str) -> dict[str, Any]:
    return {
        "roleRef": {"apiGroup": _API, "kind": kind, "name": user},
        "subjects": [{"apiGroup": _API, "kind": "User", "name": user}],
    }
