"""Which policies are attached to what, by the names that resources give them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from policies.guardrails.resource import Path, Resource, Unreadable
from policies.guardrails.rule import Context
from policies.guardrails.vault.declared import Principal, Vault
from policies.guardrails.vault.types import (
    ENDPOINT,
    ROLES,
    TOKEN,
    TOKEN_ROLE,
    mount_of,
    policy_names,
    role_name,
    space,
)
from workload_secrets.decide.claims import glob

BUILT_IN: Final = frozenset({"default", "root"})
_POLICIES: Final = frozenset(
    {
        TOKEN,
        "vault:identity/entity:Entity",
        "vault:identity/entityPolicies:EntityPolicies",
        "vault:identity/group:Group",
        "vault:identity/groupPolicies:GroupPolicies",
        "vault:ldap/authBackendGroup:AuthBackendGroup",
        "vault:ldap/authBackendUser:AuthBackendUser",
        "vault:github/team:Team",
        "vault:github/user:User",
        "vault:okta/authBackendGroup:AuthBackendGroup",
        "vault:okta/authBackendUser:AuthBackendUser",
    }
)
"""Types whose own property `policies` attaches."""


@dataclass(frozen=True)
class Attachment:
    """`pattern`: a glob that stands for every policy it fits."""

    space: str
    policy: str
    path: Path
    pattern: bool = False

    def fits(self, space: str, policy: str) -> bool:
        """Whether a policy is one of those that the pattern stands for."""
        return glob(self.policy, policy) and self.space == space


def attachments(resource: Resource, context: Context) -> Iterator[Attachment]:
    """What one resource attaches. Raises NotEvaluable where a name isn't known."""
    if not resource.type.startswith("vault:"):
        return
    lists: list[tuple[Path, bool]] = [(("tokenPolicies",), False)]
    if resource.type in _POLICIES:
        lists.append((("policies",), False))
    if resource.type == TOKEN_ROLE:
        lists += [(("allowedPolicies",), False), (("allowedPoliciesGlobs",), True)]
    for path, pattern in lists:
        for index, name in enumerate(policy_names(resource, *path)):
            yield Attachment(space(resource, context), name, (*path, index), pattern)
    if resource.type == ENDPOINT:
        for name in _written(resource):
            yield Attachment(space(resource, context), name, ("dataJson",))


def _written(resource: Resource) -> Iterator[str]:
    """Policies that are written to an auth mount by hand."""
    if not (resource.text("path") or "").strip("/").startswith(("auth/", "identity/")):
        return
    try:
        data: Any = json.loads(resource.text("dataJson") or "null")
    except ValueError:
        raise Unreadable(("dataJson",), "JSON") from None
    given: Mapping[str, Any] = cast("Mapping[str, Any]", data) if isinstance(data, Mapping) else {}
    for key in ("token_policies", "policies"):
        value: Any = given.get(key)
        names: Any = value.split(",") if isinstance(value, str) else value
        for name in cast("list[Any]", names) if isinstance(names, list) else ():
            yield str(name).strip().lower()


def principal_of(role: Resource, vault: Vault, context: Context) -> Principal | None:
    """Who is declared to log in by a role; None for every other role, and what is no role."""
    if role.type not in ROLES or not vault.principals:
        return None
    return vault.principals.get((space(role, context), mount_of(role), role_name(role)))
