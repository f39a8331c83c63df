"""Vault logins that objects of the stack use: which role they mean, and what it grants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policies.guardrails.each import gather
from policies.guardrails.resource import NotEvaluable, Resource, Unreadable
from policies.guardrails.rule import Context
from policies.guardrails.stack import Stack
from policies.guardrails.vault.types import (
    JWT_ROLE,
    KUBERNETES_ROLE,
    POLICY,
    ROLES,
    mount_of,
    policy_name,
    policy_names,
    role_name,
    rules_of,
    space,
)
from workload_secrets.decide import vault_acl
from workload_secrets.decide.answer import Answer

Place = tuple[str, str, str]
"""Vault namespace, auth mount, role."""


@dataclass(frozen=True)
class Login:
    """A role of the stack. `missing`: attached policies that the stack doesn't make."""

    role: Resource
    policies: tuple[vault_acl.Policy, ...]
    missing: tuple[str, ...]

    def grants(self, path: str, *capabilities: str) -> bool:
        """Whether a login may do any of these; what can't be decided isn't a no."""
        return any(vault_acl.allows(self.policies, path, c).answer is not Answer.NO for c in capabilities)

    def admits(self, namespace: str, account: str) -> bool:
        """Whether the account may log in. A role of another kind admits no account."""
        if self.role.type == KUBERNETES_ROLE:
            names = self.role.texts("boundServiceAccountNames")
            spaces = self.role.texts("boundServiceAccountNamespaces")
            return bool({account, "*"} & set(names)) and bool({namespace, "*"} & set(spaces))
        wanted = f"system:serviceaccount:{namespace}:{account}"
        return self.role.type == JWT_ROLE and self.role.text("boundSubject") == wanted

    def audiences(self) -> tuple[str, ...]:
        """Of which one a token must be; empty where any is taken."""
        if self.role.type == KUBERNETES_ROLE:
            audience = self.role.text("audience")
            return (audience,) if audience else ()
        return self.role.texts("boundAudiences")


class Logins:
    """Every role of the stack with its policies, indexed. `doubt`: the first that isn't known."""

    def __init__(self, stack: Stack, context: Context) -> None:
        made, first = gather(stack.of(POLICY), lambda p: [_policy(p, context)])
        self._policies = dict(made)
        found, second = gather(stack.of(*ROLES), lambda r: self._logins(r, context))
        self._logins_at: dict[Place, list[Login]] = defaultdict(list)
        for place, login in found:
            self._logins_at[place].append(login)
        self.doubt: NotEvaluable | None = first or second

    def at(self, space: str, mount: str, role: str) -> Iterable[Login]:
        """The roles of this name, one of each kind at most. Raises NotEvaluable where there is
        none, and one that isn't known may be it."""
        found = self._logins_at.get((space.strip("/"), mount.strip("/"), role), ())
        if not found and self.doubt:
            raise self.doubt
        return found

    def _logins(self, role: Resource, context: Context) -> Iterator[tuple[Place, Login]]:
        inside = space(role, context)
        names = [name for name in policy_names(role, "tokenPolicies") if name != "default"]
        policies = tuple(self._policies[inside, name] for name in names if (inside, name) in self._policies)
        missing = tuple(name for name in names if (inside, name) not in self._policies)
        yield (inside, mount_of(role), role_name(role)), Login(role, policies, missing)


def _policy(policy: Resource, context: Context) -> tuple[tuple[str, str], vault_acl.Policy]:
    try:
        rules = rules_of(policy)
    except Unreadable:
        rules = ()  # which another rule says; it grants nothing
    name = policy_name(policy)
    return (space(policy, context), name), vault_acl.Policy(name=name, rules=rules)
