"""What belongs together in Vault: a login with its policies, with whom it admits; a database
role with its connection."""

from __future__ import annotations

from collections.abc import Iterator

from policies.guardrails.near import Handle, Links
from policies.guardrails.resource import Resource
from policies.guardrails.rule import Context
from policies.guardrails.vault.accounts import SUBJECT
from policies.guardrails.vault.attachments import attachments
from policies.guardrails.vault.database import connections
from policies.guardrails.vault.types import (
    CONNECTION,
    DATABASE_MOUNT,
    DATABASE_ROLE,
    JWT_ROLE,
    KUBERNETES_ROLE,
    POLICY,
    ROLES,
    STATIC_ROLE,
    mount_of,
    policy_name,
    role_name,
)

_POLICY = "vault policy"
_CONNECTION = "connection"


def login(mount: str, role: str) -> Handle:
    """The handle of a role of an auth mount."""
    return "login", mount.strip("/"), role


def links(resource: Resource, context: Context) -> Links:
    """The links of a resource of Vault. Raises NotEvaluable and Unreadable."""
    if resource.type == POLICY:
        return Links(own=((_POLICY, policy_name(resource)),))
    if resource.type in (CONNECTION, DATABASE_MOUNT):
        return Links(own=tuple(_connections(resource)))
    if resource.type in (DATABASE_ROLE, STATIC_ROLE):
        return Links(names=(_connection(resource, resource.text("dbName")),))
    policies = tuple((_POLICY, found.policy) for found in attachments(resource, context))
    if resource.type not in ROLES:
        return Links(names=policies)
    own = login(mount_of(resource), role_name(resource))
    return Links(own=(own,), names=(*policies, *_admitted(resource)))


def account(namespace: str, name: str) -> Handle:
    """The handle of a ServiceAccount."""
    return "account", namespace, name


def _admitted(role: Resource) -> Iterator[Handle]:
    """The ServiceAccounts that a role admits by their names."""
    if role.type == KUBERNETES_ROLE:
        names = role.texts("boundServiceAccountNames")
        yield from (account(s, n) for s in role.texts("boundServiceAccountNamespaces") for n in names)
    elif role.type == JWT_ROLE:
        space, _, name = (role.text("boundSubject") or "").removeprefix(SUBJECT).partition(":")
        yield account(space, name)


def _connections(resource: Resource) -> Iterator[Handle]:
    if resource.type == CONNECTION:
        yield _connection(resource, resource.text("name"))
        return
    mount = (resource.text("path") or "").strip("/")
    for at, _ in connections(resource):
        yield _CONNECTION, mount, resource.text(*at, "name") or ""


def _connection(resource: Resource, name: str | None) -> Handle:
    return _CONNECTION, (resource.text("backend") or "").strip("/"), name or ""
