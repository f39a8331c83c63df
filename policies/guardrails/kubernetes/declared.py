"""What the declaration says about ServiceAccounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from policies.guardrails.kubernetes.pod_spec import DEFAULT, entries
from policies.guardrails.rule import Context
from policies.guardrails.stack import Declared

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
    """The declaration, indexed. Rules ask again and again, so the last one is kept."""
    if not _KEPT or _KEPT[0][0] is not context.declared:
        _KEPT[:] = [(context.declared, _indexed(context.declared))]
    return _KEPT[0][1]


_KEPT: Final[list[tuple[Declared | None, _Accounts]]] = []


def _indexed(declared: Declared | None) -> _Accounts:
    found: dict[Account, list[Mapping[str, Any]]] = defaultdict(list)
    for _, principal in parts(declared, "principals"):
        if not principal.get("identity"):
            found[word(principal, "namespace"), word(principal, "serviceAccount")].append(principal)
    listed = entries((declared or {}).get("prerequisites"))
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
