"""The rule about rights in the cluster that are rights to secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guardrails.kubernetes.declared import reviewers
from policies.guardrails.kubernetes.pod_spec import given_namespace
from policies.guardrails.resource import Path, Resource
from policies.guardrails.rule import AnyRule, Context, Rule, Violation

_GROUPS: Final = tuple(
    f"kubernetes:rbac.authorization.k8s.io/{version}" for version in ("v1", "v1beta1", "v1alpha1")
)
ROLES: Final = tuple(
    f"{group}:{kind}{patch}"
    for group in _GROUPS
    for kind in ("Role", "ClusterRole")
    for patch in ("", "Patch")
)
BINDINGS: Final = tuple(
    f"{group}:{kind}{patch}"
    for group in _GROUPS
    for kind in ("RoleBinding", "ClusterRoleBinding")
    for patch in ("", "Patch")
)
_READS: Final = frozenset({"get", "list", "watch", "*"})
_ALL_OF: Final = frozenset({"list", "watch", "*"})
"""A name doesn't bound these well: what is named is still shown with all its values."""
_REVIEW: Final = "system:auth-delegator"
_WIDE: Final = frozenset({"cluster-admin", "admin", "edit"})
"""Built-in roles that read every Secret of where they are bound, and make tokens."""


def _rights(resource: Resource, context: Context) -> Iterator[Violation]:
    if resource.type in BINDINGS:
        yield from _bound(resource, context)
        return
    for index, _ in enumerate(resource.items("rules")):
        yield from _rule(resource, ("rules", index))


def _rule(resource: Resource, path: Path) -> Iterator[Violation]:
    resource.object(*path)
    groups = resource.texts(*path, "apiGroups")
    if "" not in groups and "*" not in groups:
        return
    verbs = {verb.lower() for verb in resource.texts(*path, "verbs")}
    resources = {name.lower() for name in resource.texts(*path, "resources")}
    named = any(resource.texts(*path, "resourceNames"))
    if resources & {"secrets", "*"}:
        wide = verbs & (_ALL_OF if named else _READS)
        if wide:
            which = "every Secret" if not named else "Secrets"
            yield Violation(f"it may {', '.join(sorted(wide))} {which}", (*path, "verbs"))
    if resources & {"serviceaccounts/token", "serviceaccounts/*", "*/token", "*", "*/*"} and verbs & {
        "create",
        "*",
    }:
        yield Violation("it may make tokens of ServiceAccounts, and so be them", (*path, "resources"))


def _bound(binding: Resource, context: Context) -> Iterator[Violation]:
    role = binding.text("roleRef", "name")
    subjects = len(binding.items("subjects"))
    if role in _WIDE and binding.text("roleRef", "kind") != "Role" and subjects:
        yield Violation(f"{role} reads every Secret, and makes tokens", ("roleRef", "name"))
    for index in range(subjects) if role == _REVIEW else ():
        yield from _reviewer(binding, ("subjects", index), context)


def _reviewer(binding: Resource, path: Path, context: Context) -> Iterator[Violation]:
    """Every token that Vault is shown passes whoever may review tokens."""
    kind, name = binding.text(*path, "kind"), binding.text(*path, "name") or ""
    if kind != "ServiceAccount":
        yield Violation(f"{name} is no ServiceAccount, and may review tokens", path)
        return
    namespace = binding.text(*path, "namespace") or given_namespace(binding) or ""
    if (namespace, name) not in reviewers(context):
        yield Violation(f"{namespace}/{name} may review tokens, and isn't declared to be a reviewer", path)


RULES: Final[tuple[AnyRule, ...]] = (
    Rule(
        id="K8S-09",
        severity="high",
        title="nobody reads all Secrets or makes tokens, and only the reviewer reviews tokens",
        why="Who reads every Secret or makes any account's token needs neither AWS nor Vault to get at what"
        " they guard.",
        remedy="name the Secrets in resourceNames with the verb get; bind system:auth-delegator to the"
        " declared reviewer alone",
        reference="https://www.cisecurity.org/benchmark/kubernetes (CIS EKS 4.1.2, 4.1.3, 4.1.12)",
        softened="`facts.vault.reviewer`: who reviews tokens.",
        types=(*ROLES, *BINDINGS),
        check=_rights,
    ),
)
