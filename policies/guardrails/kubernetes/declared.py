"""What the declaration says about ServiceAccounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policies.guardrails.declaration import entries, part, parts, word
from policies.guardrails.kubernetes.pod_spec import DEFAULT
from policies.guardrails.rule import Context
from policies.guardrails.stack import Declared

Account = tuple[str, str]
"""Namespace and name."""


def principals(context: Context) -> Iterator[tuple[Account, Mapping[str, Any]]]:
    """Every declared principal that is a pod's, by its account."""
    for account, found in _accounts(context).principals.items():
        for principal in found:
            yield account, principal


def existing(context: Context) -> frozenset[Account]:
    """The accounts that are declared to be made by somebody else."""
    return _accounts(context).existing


def default_allowed(context: Context, namespace: str) -> bool:
    """Whether the `default` account of a namespace is declared to exist and to be somebody's:
    an app that can't be given another one (Mendix on an older operator) is declared so."""
    account = (namespace, DEFAULT)
    return account in existing(context) and account in _accounts(context).principals


def takes_own_token(context: Context, account: Account) -> bool:
    """Whether the account's pods are declared to log in to Vault with the token that Kubernetes
    mounts: it has the API server's audience, and no delivery brings another one."""
    audience = word(context.declared, "facts", "cluster", "apiAudience")
    return bool(audience) and any(
        word(principal, "vault", "audience") == audience
        and word(principal, "delivery", "way") in ("", "direct")
        for principal in _accounts(context).principals.get(account, ())
    )


def reviewers(context: Context) -> frozenset[Account]:
    """Who is declared to review tokens: Vault's own account, or with the reviewer `client` every
    account that logs in to Vault."""
    return _accounts(context).reviewers


@dataclass(frozen=True)
class _Accounts:
    principals: Mapping[Account, Sequence[Mapping[str, Any]]]
    existing: frozenset[Account]
    reviewers: frozenset[Account]


def _accounts(context: Context) -> _Accounts:
    return context.index(_indexed)


def _indexed(declared: Declared | None) -> _Accounts:
    found: dict[Account, list[Mapping[str, Any]]] = defaultdict(list)
    for _, principal in parts(declared, "principals"):
        if not principal.get("identity"):
            found[word(principal, "namespace"), word(principal, "serviceAccount")].append(principal)
    listed = entries(declared, "prerequisites")
    there = (p for p in listed if p.get("kind") == "serviceAccount")
    return _Accounts(
        principals=dict(found),
        existing=frozenset((word(p, "namespace"), word(p, "name")) for p in there),
        reviewers=_reviewers(part(declared, "facts", "vault"), found),
    )


def _reviewers(
    vault: Mapping[str, Any], found: Mapping[Account, Sequence[Mapping[str, Any]]]
) -> frozenset[Account]:
    if vault.get("reviewer") == "client":
        return frozenset(account for account, all_ in found.items() if any(p.get("vault") for p in all_))
    namespace, slash, name = word(vault, "reviewerServiceAccount").partition("/")
    return frozenset({(namespace, name)}) if slash else frozenset()
