"""The rule about what a policy lets its holder do, judged against what is declared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Final

from policies.guardrails.each import Found, each, until
from policies.guardrails.resource import Resource
from policies.guardrails.rule import AnyRule, Context, StackRule, Violation
from policies.guardrails.stack import Stack
from policies.guardrails.vault import administered
from policies.guardrails.vault.attachments import Attachment, attachments, principal_of
from policies.guardrails.vault.declared import Grant, Principal, Reached, Vault, vault_of
from policies.guardrails.vault.engines import used
from policies.guardrails.vault.types import POLICY, policy_name, rules_of, space
from workload_secrets.decide import vault_acl
from workload_secrets.decide.answer import Answer, either
from workload_secrets.decide.vault_hcl import Rule

_PATH: Final = ("policy",)
_STRICT: Final = frozenset({"read"})
_USE: Final = frozenset({"update"})
_SYSTEM: Final = ("sys/", "auth/", "identity/")


@dataclass(frozen=True)
class _Holder:
    """`name` is of the role, or of what else attaches the policy. `principal` None: nobody is
    declared to log in by it, or it is no role. `job`: it is a job that deploys the stack."""

    name: str
    principal: Principal | None
    job: str = ""


def _least(stack: Stack, context: Context) -> Iterator[Found]:
    vault = vault_of(context)
    exact: dict[tuple[str, str], list[_Holder]] = defaultdict(list)
    wide: list[tuple[Attachment, _Holder]] = []

    def note(resource: Resource) -> Iterator[Violation]:
        found = tuple(attachments(resource, context))
        for one in found:
            if one.policy == "root":
                yield Violation("the policy root allows everything", one.path)
        if found:
            principal = principal_of(resource, vault, context)
            holder = _Holder(resource.name, principal, administered.job_of(principal, context))
            for one in found:
                exact[one.space, one.policy].append(holder)
            wide.extend((one, holder) for one in found if one.pattern)

    found, doubt = until(each(stack.resources, note))
    yield from found
    own, unseen = used(stack, context)

    def judge(policy: Resource) -> Iterator[Violation]:
        place = (space(policy, context), policy_name(policy))
        holders = exact.get(place, []) + [holder for one, holder in wide if one.fits(*place)]
        held = bool(holders)
        if not holders and doubt is None:
            holders = [_Holder("", None)]  # nobody is declared to have it
        others = [holder for holder in holders if not holder.job]
        if others or not holders:
            paths = {path for where, path in own if where == place[0]}
            yield from _judged(policy, place, others, vault, paths, _Later(context, vault, held=held))
        for job in {holder.job: holder for holder in holders if holder.job}.values():
            yield from _of_job(policy, place, job, vault, made)

    jobs = any(holder.job for listed in exact.values() for holder in listed)
    made = administered.administered(stack, context, vault) if jobs else administered.NOTHING
    yield from each(stack.of(POLICY), judge)
    for unknown in (doubt, unseen, made.doubt):
        if unknown:
            raise unknown


@dataclass(frozen=True)
class _Later:
    """What a holder or a key that is registered later may put right. `held`: something attaches
    the policy; of another one, whoever it is for may be registered later."""

    context: Context
    vault: Vault
    held: bool

    @property
    def anything(self) -> bool:
        """A job may do what nobody else may."""
        return not self.held and self.vault.has_jobs

    def verb(self, grant: Grant) -> bool:
        """A verb on a declared secret."""
        jobs = self.anything and grant in administered.granted_to("deploy", self.vault)
        return not self.held and (jobs or grant in self.vault.granted_to_any)

    def capabilities(self, rule: Rule, more: Set[str]) -> bool:
        """Capabilities on a path."""
        if self.context.declared is None:
            return more <= _USE  # of a key or a role of an engine
        allowed = self.vault.allowed_to_any.get(rule.path, frozenset())
        return self.anything or (not self.held and more <= allowed)


def _judged(
    policy: Resource,
    place: tuple[str, str],
    holders: Iterable[_Holder],
    vault: Vault,
    own: Set[str],
    later: _Later,
) -> Iterator[Violation]:
    rules = rules_of(policy)
    said: set[str] = set()
    for found in _texts(rules, place, holders, vault, own, later):
        if found.text not in said:
            said.add(found.text)
            yield found


def _of_job(
    policy: Resource, place: tuple[str, str], holder: _Holder, vault: Vault, made: administered.Administered
) -> Iterator[Violation]:
    rules = rules_of(policy)
    may = administered.granted_to(holder.job, vault)
    for one, answer in _reached(vault_acl.Policy(name=place[1], rules=rules), place[0], vault):
        if (one.secret, one.verb) not in may:
            yield Violation(_example(place[1], holder, one, answer), _PATH)
    for rule in rules:
        for text in administered.beyond(rule, place[0], holder.job, made):
            yield Violation(text, _PATH, later=True)


def _texts(
    rules: tuple[Rule, ...],
    place: tuple[str, str],
    holders: Iterable[_Holder],
    vault: Vault,
    own: Set[str],
    later: _Later,
) -> Iterator[Violation]:
    """A policy may have many holders of one principal's kind: each is judged by what it may."""
    for rule in rules:
        yield from (Violation(text, _PATH, later.anything) for text in _never(rule))
    granted = vault_acl.Policy(name=place[1], rules=rules)
    found = tuple(_reached(granted, place[0], vault))
    for holder in holders:
        principal = holder.principal
        beyond = [one for one in found if principal is None or _grant(one) not in principal.grants]
        for one, answer in beyond:
            text = _example(place[1], holder, one, answer)
            yield Violation(text, _PATH, later.verb((one.secret, one.verb)))
        explained = {one.way.path for one, _ in beyond}
        allowed: Mapping[str, frozenset[str]] = vault.allowed(principal) if principal else {}
        for rule in rules:
            if rule.path not in explained:
                free = _USE if rule.path in own else _STRICT
                needed = allowed.get(rule.path, frozenset()) if principal else free
                for more in _beyond(rule, needed):
                    yield Violation(_more(rule, more, principal), _PATH, later.capabilities(rule, more))


def _grant(found: tuple[Reached, Answer]) -> Grant:
    return found[0].secret, found[0].verb


def _never(rule: Rule) -> Iterator[str]:
    """What no workload's policy has, whoever holds it."""
    if not rule.capabilities - {"deny"}:
        return
    if "sudo" in rule.capabilities:
        yield f'path "{rule.path}" grants sudo'
    if rule.path.strip("/") in {"*", "+", ""}:
        yield f'path "{rule.path}" covers the whole server'
    elif rule.path.startswith(_SYSTEM):
        yield f'path "{rule.path}" is the server\'s own administration'


def _reached(policy: vault_acl.Policy, space: str, vault: Vault) -> Iterator[tuple[Reached, Answer]]:
    """Every verb on a declared secret that the policy allows, or may allow."""
    for name, verb, tried in _candidates(policy, space, vault):
        answers = {
            one: either([vault_acl.allows([policy], one.way.path, c) for c in one.way.capabilities]).answer
            for one in tried
        }
        best = next((one for one in tried if answers[one] is Answer.YES), None)
        best = best or next((one for one in tried if answers[one] is Answer.UNKNOWN), None)
        if best:
            yield Reached(name, verb, best.way), answers[best]


def _candidates(
    policy: vault_acl.Policy, space: str, vault: Vault
) -> Iterator[tuple[str, str, list[Reached]]]:
    """The requests that the policy can concern at all: those of its exact paths, else all."""
    grouped: dict[tuple[str, str], list[Reached]] = defaultdict(list)
    paths = [rule.path for rule in policy.rules if rule.capabilities - {"deny"}]
    if any(sign in path for path in paths for sign in "*+{"):
        for name, secret in vault.secrets.items():
            for one in vault.requests(name, secret, space):
                grouped[name, one.verb].append(one)
    elif paths:
        reach = vault.reach(space)
        for path in paths:
            for one in reach.get(path.strip("/"), ()):
                grouped[one.secret, one.verb].append(one)
    for (name, verb), tried in sorted(grouped.items()):
        yield name, verb, tried


def _example(policy: str, holder: _Holder, one: Reached, answer: Answer) -> str:
    lets = "lets" if answer is Answer.YES else "may let"
    who = (
        f"which {holder.principal.name} is not declared to {one.verb}"
        if holder.principal
        else "and no role that it is attached to is a declared principal's"
    )
    return (
        f"policy {policy} {lets} its holder {one.verb} the secret {one.secret}, {who}, for example by"
        f" {one.way.capabilities[0]} on {one.way.path}"
    )


def _beyond(rule: Rule, needed: frozenset[str]) -> Iterator[frozenset[str]]:
    """Capabilities that no declared verb needs. Without a declaration only reading is taken, and
    the use of what the stack makes."""
    more = rule.capabilities - needed - {"deny", "sudo"}
    if more:
        yield more


def _more(rule: Rule, more: Set[str], principal: Principal | None) -> str:
    what = "no declared verb of its holder needs" if principal else "a reader doesn't need"
    return f'path "{rule.path}" grants {", ".join(sorted(more))}, which {what}'


RULES: Final[tuple[AnyRule, ...]] = (
    StackRule(
        id="VLT-06",
        severity="critical",
        title="a policy lets its holder do what is declared, and nothing more",
        why="Whoever logs in with the policy can do all that it says, on every path that it covers.",
        remedy="grant the exact path with read, or with the verbs that the holder is declared to have",
        reference="https://developer.hashicorp.com/vault/docs/concepts/production-hardening",
        softened="The verbs of `reads` and `writers`: a write, `update` for transit and PKI. A job that"
        " deploys the stack may administer what the stack makes, but no job; one that looks may read it.",
        check=_least,
        at=("vault:",),
        late="what a job may administer; without a declaration, the use of an engine's key",
    ),
)
