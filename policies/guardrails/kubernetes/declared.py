"""What the declaration says about ServiceAccounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from policies.guardrails.kubernetes.pod_spec import DEFAULT, entries
from policies.guardrails.rule import Context

Account = tuple[str, str]
"""Namespace and name."""


def part(value: Any, *path: str) -> Mapping[str, Any]:
    """An object within the declaration; empty where there is none."""
    for key in path:
        value = cast("Mapping[str, Any]", value).get(key) if isinstance(value, Mapping) else None
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def parts(value: Any, *path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects of such an object, by their keys."""
    for key in part(value, *path):
        yield key, part(value, *path, key)


def word(value: Any, *path: str) -> str:
    """A text within the declaration; empty where there is none."""
    found = part(value, *path[:-1]).get(path[-1])
    return found if isinstance(found, str) else ""


def principals(context: Context) -> Iterator[tuple[Account, Mapping[str, Any]]]:
    """Every declared principal that is a pod's, by its account."""
    for _, principal in parts(context.declared, "principals"):
        if not principal.get("identity"):
            yield (word(principal, "namespace"), word(principal, "serviceAccount")), principal


def existing(context: Context) -> frozenset[Account]:
    """The accounts that are declared to be made by somebody else."""
    listed = entries((context.declared or {}).get("prerequisites"))
    return frozenset(
        (str(p.get("namespace") or ""), str(p.get("name") or ""))
        for p in listed
        if p.get("kind") == "serviceAccount"
    )


def default_allowed(context: Context, namespace: str) -> bool:
    """Whether the `default` account of a namespace is declared to exist and to be somebody's:
    an app that can't be given another one (Mendix on an older operator) is declared so."""
    account = (namespace, DEFAULT)
    return account in existing(context) and any(a == account for a, _ in principals(context))


def takes_own_token(context: Context, account: Account) -> bool:
    """Whether the account's pods are declared to log in to Vault with the token that Kubernetes
    mounts: it has the API server's audience, and no delivery brings another one."""
    audience = word(context.declared, "facts", "cluster", "apiAudience")
    return bool(audience) and any(
        found == account
        and word(principal, "vault", "audience") == audience
        and word(principal, "delivery", "way") in ("", "direct")
        for found, principal in principals(context)
    )


def reviewers(context: Context) -> frozenset[Account]:
    """Who is declared to review tokens: Vault's own account, or with the reviewer `client` every
    account that logs in to Vault."""
    vault = part(context.declared, "facts", "vault")
    if vault.get("reviewer") == "client":
        return frozenset(account for account, p in principals(context) if p.get("vault"))
    namespace, slash, name = word(vault, "reviewerServiceAccount").partition("/")
    return frozenset({(namespace, name)}) if slash else frozenset()
