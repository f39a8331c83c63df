"""The rule that what is read is granted, and what is granted is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from policies.guardrails.each import Found, gather
from policies.guardrails.resource import Resource
from policies.guardrails.rule import AnyRule, Context, StackRule, Violation
from policies.guardrails.stack import Stack
from policies.guardrails.vault.attachments import Attachment, attachments, principal_of
from policies.guardrails.vault.consumers import Consumer, consumers
from policies.guardrails.vault.declared import Principal, Vault, vault_of
from policies.guardrails.vault.types import (
    DATABASE_ROLE,
    POLICY,
    ROLES,
    STATIC_ROLE,
    mount_of,
    policy_name,
    role_name,
    rules_of,
    segments,
    space,
)
from workload_secrets.decide import vault_acl
from workload_secrets.decide.answer import Answer
from workload_secrets.decide.namespaces import inner
from workload_secrets.decide.vault_verbs import Spot, ways

_PATH: Final = ("policy",)
Made = Mapping[tuple[str, str], tuple[Resource, vault_acl.Policy]]


@dataclass(frozen=True)
class _Role:
    """`read` is what objects of the stack read by it."""

    resource: Resource
    space: str
    policies: Sequence[vault_acl.Policy]
    principal: Principal | None
    read: list[Consumer] = field(default_factory=list[Consumer])

    def grants(self, path: str, capabilities: Iterable[str]) -> bool:
        """Whether a login may do any of these; what can't be decided isn't a no."""
        return any(vault_acl.allows(self.policies, path, c).answer is not Answer.NO for c in capabilities)

    def covers(self, folder: str) -> bool:
        """Whether anything in a folder is granted."""
        paths = (rule.path for policy in self.policies for rule in policy.rules)
        return any(p.startswith(folder) or (p.endswith("*") and folder.startswith(p[:-1])) for p in paths)


def _needed(stack: Stack, context: Context) -> Iterator[Found]:
    vault = vault_of(context)
    made_list, first = gather(stack.of(POLICY), lambda p: [_policy(p, context)])
    made: Made = dict(made_list)
    attached, second = gather(stack.resources, lambda r: [(r, a) for a in attachments(r, context)])
    lists: dict[str, list[Attachment]] = defaultdict(list)
    for resource, attachment in attached:
        lists[resource.urn].append(attachment)
    roles, third = gather(stack.of(*ROLES), lambda r: _role(r, lists[r.urn], made, vault, context))
    by_place: dict[tuple[str, str], list[_Role]] = defaultdict(list)
    for place, role in roles:
        by_place[place].append(role)
    read, fourth = consumers(stack)
    for consumer in read:
        yield from _consumed(consumer, by_place.get((consumer.mount, consumer.role), ()))
    for _, role in roles:
        yield from _declared(role, vault)
    doubt = first or second or third or fourth
    if doubt is None and context.declared is None:
        yield from _no_more(made, attached, {role.resource.urn: role for _, role in roles})
        yield from _unread(stack, made, context)
    if doubt:
        raise doubt


def _policy(policy: Resource, context: Context) -> tuple[tuple[str, str], tuple[Resource, vault_acl.Policy]]:
    name = policy_name(policy)
    parsed = vault_acl.Policy(name=name, rules=rules_of(policy))
    return (space(policy, context), name), (policy, parsed)


def _role(
    resource: Resource, attached: Sequence[Attachment], made: Made, vault: Vault, context: Context
) -> Iterator[tuple[tuple[str, str], _Role]]:
    """A role whose policies are all of the stack; what another does is not to be seen."""
    names = [(a.space, a.policy) for a in attached if not a.pattern and a.policy != "default"]
    found = [made[place][1] for place in names if place in made]
    if len(found) < len(names) or any(a.pattern for a in attached):
        return
    principal = principal_of(resource, vault, context)
    role = _Role(resource, space(resource, context), found, principal)
    yield (mount_of(resource), role_name(resource)), role


def _consumed(consumer: Consumer, roles: Sequence[_Role]) -> Iterator[Found]:
    """A consumer's path must be granted to one of the roles that it may mean."""
    for role in roles:
        role.read.append(consumer)
    if roles and not consumer.judged and not any(_satisfies(role, consumer) for role in roles):
        what = "anything below" if consumer.below else "the path"
        text = (
            f"it logs in by {consumer.mount}/{consumer.role}, and no policy of that role grants"
            f" {what} {consumer.path}"
        )
        yield consumer.resource, Violation(text, consumer.at, later=True)


def _satisfies(role: _Role, consumer: Consumer) -> bool:
    prefix = "" if consumer.inside is None else inner(consumer.inside, role.space)
    # A namespace that can't be reached from the role's is taken as the role's own: providers
    # may bring the whole of it.
    path = (prefix or "") + consumer.path
    return role.covers(path) if consumer.below else role.grants(path, consumer.capabilities)


def _declared(role: _Role, vault: Vault) -> Iterator[Found]:
    """What a principal is declared to do must be granted."""
    principal = role.principal
    if principal is None:
        return
    for name, verb in sorted(principal.grants):
        secret = vault.secrets.get(name)
        found = [] if secret is None else list(vault.requests(name, secret, role.space, (verb,)))
        if found and not role.grants(found[0].way.path, found[0].way.capabilities):
            path = found[0].way.path
            text = f"{principal.name} is declared to {verb} {name}, and no policy of its role grants {path}"
            yield role.resource, Violation(text, ("tokenPolicies",))


def _no_more(
    made: Made, attached: Sequence[tuple[Resource, Attachment]], roles: Mapping[str, _Role]
) -> Iterator[Found]:
    """Where nothing is declared: what a role's objects in the stack don't read isn't granted.
    A role that none of them uses is judged by VKA-06."""
    holders: dict[tuple[str, str], list[_Role | None]] = defaultdict(list)
    for resource, attachment in attached:
        holders[attachment.space, attachment.policy].append(roles.get(resource.urn))
    for place, (resource, policy) in made.items():
        known = [role for role in holders.get(place, ()) if role and role.read]
        if not known or len(known) < len(holders[place]):
            continue
        paths = {consumer.path for role in known for consumer in role.read}
        for rule in policy.rules:
            if rule.capabilities - {"deny"} and not _is_read(rule.path, paths):
                yield (
                    resource,
                    Violation(f'path "{rule.path}" is read by no object of the stack', _PATH, True),
                )


def _is_read(path: str, paths: set[str]) -> bool:
    if path in paths or any(f"{part}/" in paths for part in segments(path)):
        return True
    return path.endswith("*") and any(other.startswith(path[:-1]) for other in paths)


def _unread(stack: Stack, made: Made, context: Context) -> Iterator[Found]:
    """Where nothing is declared: a database role that no policy of the stack lets anybody read."""
    exact = {
        (place[0], rule.path)
        for place, (_, policy) in made.items()
        for rule in policy.rules
        if "read" in rule.capabilities
    }
    wide = [
        policy for _, policy in made.values() if any("*" in r.path or "+" in r.path for r in policy.rules)
    ]
    for role in stack.of(DATABASE_ROLE, STATIC_ROLE) if made else ():
        spot = Spot(
            mount=(role.text("backend") or "").strip("/"),
            path=role.text("name") or "",
            static=role.type == STATIC_ROLE,
        )
        path = ways("database", "read", spot)[0].path
        if (space(role, context), path) not in exact and not any(
            vault_acl.allows([policy], path, "read").answer is not Answer.NO for policy in wide
        ):
            yield role, Violation(f"no policy grants {path}: its credentials can't be had", ("name",), True)


RULES: Final[tuple[AnyRule, ...]] = (
    StackRule(
        id="VLT-09",
        severity="high",
        title="every path that is read is granted, and nothing more",
        why="A path that isn't granted fails when a pod starts; one that nobody reads is a door that"
        " nobody watches.",
        remedy="grant the exact paths that the role's objects read; for KV v2 with data/ after the mount",
        reference="https://developer.hashicorp.com/vault/docs/concepts/policies",
        seed='capabilities = ["read"]',
        softened="`reads`: no object of the stack has to read what is granted; VLT-06 judges it.",
        check=_needed,
        at=("vault:",),
        late="a path that an object reads and its role isn't granted;"
        " without a declaration, one that nothing reads",
    ),
)
