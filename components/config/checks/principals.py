"""Workloads and writers: which ServiceAccount each is, and that no two are the same."""

from __future__ import annotations

from collections.abc import Iterator

from components.config import resolve
from components.config.problem import Problem, shown
from components.config.resolve import Principal
from components.config.stack import StackConfig
from components.config.workloads import DEFAULT_ACCOUNT, Identity

RESERVED = ("deployer", "prover")


def check(config: StackConfig) -> Iterator[Problem]:
    """Problems of every principal by itself, then of two that are the same."""
    yield from _names(config)
    for key, principal in keyed(config):
        if principal.is_pod:
            yield from _namespace(config, key, principal)
            yield from _account(key, principal)
            yield from _existing(config, key, principal)
        yield from _times(key, principal.identity)
    yield from _same_account(config)
    yield from _same_app(config)
    yield from _operators(config)


def keyed(config: StackConfig) -> Iterator[tuple[str, Principal]]:
    """Every principal with its key in the stack file."""
    for principal in resolve.principals(config).values():
        yield principal.key, principal


def _names(config: StackConfig) -> Iterator[Problem]:
    for name in config.writers:
        if name in config.workloads:
            yield Problem(
                key=f"writers.{name}",
                got=shown(name),
                allowed="a name that no workload has",
                remedy="rename the writer",
            )
    for kind, names in (("workloads", config.workloads), ("writers", config.writers)):
        for name in names:
            if name in RESERVED:
                yield Problem(
                    key=f"{kind}.{name}",
                    got=shown(name),
                    allowed=f"a name other than {' and '.join(RESERVED)}, which have a meaning of their own",
                    remedy="rename it",
                )


def _namespace(config: StackConfig, key: str, principal: Principal) -> Iterator[Problem]:
    if not principal.namespace:
        yield Problem(
            key=f"{key}.namespace",
            got="nothing",
            allowed="a value, this key is required of a pod",
            remedy="add the key, or say with identity who logs in that is no pod",
        )
    elif principal.namespace not in config.shared.namespaces:
        yield Problem(
            key=f"{key}.namespace",
            got=shown(principal.namespace),
            allowed=f"a key of shared.namespaces: {', '.join(sorted(config.shared.namespaces))}",
            remedy="declare the namespace there, with manage: create or existing",
        )


def _account(key: str, principal: Principal) -> Iterator[Problem]:
    if principal.service_account == DEFAULT_ACCOUNT and principal.manage == "create":
        yield Problem(
            key=f"{key}.serviceAccount.manage",
            got=shown(principal.manage),
            allowed="existing, for the ServiceAccount default: Kubernetes makes it",
            remedy="write serviceAccount: default",
        )


def _existing(config: StackConfig, key: str, principal: Principal) -> Iterator[Problem]:
    namespace = config.shared.namespaces.get(principal.namespace)
    if principal.manage == "existing" and namespace is not None and namespace.manage == "create":
        yield Problem(
            key=f"{key}.serviceAccount",
            got=shown(principal.service_account),
            allowed=f"an account with manage: create, in the namespace {principal.namespace} that this stack "
            "makes: nothing is in it yet",
            remedy=f"let the stack create an account, or write manage: existing for {principal.namespace} in "
            "shared.namespaces",
        )


def _times(key: str, identity: Identity) -> Iterator[Problem]:
    if identity.token_ttl_seconds > identity.token_max_ttl_seconds:
        yield Problem(
            key=f"{key}.tokenTtlSeconds",
            got=shown(identity.token_ttl_seconds),
            allowed=f"at most tokenMaxTtlSeconds, {identity.token_max_ttl_seconds}",
            remedy="lower the one or raise the other",
        )


def _same_account(config: StackConfig) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for key, principal in keyed(config):
        if not principal.namespace:
            continue
        if principal.subject in seen:
            yield Problem(
                key=f"{key}.serviceAccount",
                got=shown(f"{principal.namespace}/{principal.service_account}"),
                allowed="a ServiceAccount that no other workload or writer has",
                remedy=f"{seen[principal.subject]} is the same account; give each its own",
            )
        seen.setdefault(principal.subject, key)


def _same_app(config: StackConfig) -> Iterator[Problem]:
    """All pods of a MendixApp run as one account."""
    seen: dict[tuple[str, str | None], str] = {}
    for key, principal in keyed(config):
        place = (principal.namespace, principal.mendix_app)
        if principal.mendix and place in seen:
            yield Problem(
                key=f"{key}.mendix.app",
                got=shown(principal.mendix_app),
                allowed="an app that no other workload of its namespace is: all its pods run as one account",
                remedy=f"{seen[place]} is the same app; let it read what this one reads",
            )
        seen.setdefault(place, key)


def _operators(config: StackConfig) -> Iterator[Problem]:
    for name, workload in config.workloads.items():
        if workload.mendix is None:
            continue
        namespace = config.shared.namespaces.get(workload.mendix.operator_namespace)
        if namespace is not None and namespace.manage == "create":
            yield Problem(
                key=f"workloads.{name}.mendix.operatorNamespace",
                got=shown(workload.mendix.operator_namespace),
                allowed="a namespace that exists: the Mendix operator is installed there first",
                remedy="write manage: existing for it in shared.namespaces, or leave it out there",
            )
