"""The rule that whoever may log in exists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from policies.guardrails.declaration import word
from policies.guardrails.each import Found, each, gather
from policies.guardrails.resource import Resource, Unreadable
from policies.guardrails.rule import AnyRule, Context, StackRule, Violation
from policies.guardrails.stack import Stack
from policies.guardrails.vault.attachments import principal_of
from policies.guardrails.vault.declared import Principal, Vault, vault_of
from policies.guardrails.vault.types import JWT_ROLE, KUBERNETES_ROLE, known

Account = tuple[str, str]
"""Namespace and name."""
_TYPES: Final = tuple(
    f"kubernetes:{group}:ServiceAccount{patch}" for group in ("core/v1", "core") for patch in ("", "Patch")
)
SUBJECT: Final = "system:serviceaccount:"
_Judged: TypeAlias = tuple[Violation, bool]
"""A violation, and whether an account that isn't known may mend it."""


def _exist(stack: Stack, context: Context) -> Iterator[Found]:
    vault = vault_of(context)
    found, doubt = gather(stack.of(*_TYPES), _account)
    accounts = {*found, *_declared(vault)}

    def judge(role: Resource) -> Iterator[Violation]:
        principal = principal_of(role, vault, context)
        judged = _pairs if role.type == KUBERNETES_ROLE else _subject
        for violation, missing in judged(role, accounts, principal):
            if missing and doubt:
                raise doubt  # it may be the one that the role names
            yield violation

    yield from each(stack.of(KUBERNETES_ROLE, JWT_ROLE), judge)


def _account(resource: Resource) -> Iterator[Account]:
    name = resource.text("metadata", "name")
    space = resource.text("metadata", "namespace") or known(resource.provider, "namespace")
    if not name:
        raise Unreadable(("metadata", "name"), "name")
    yield str(space or "default"), name


def _declared(vault: Vault) -> Iterator[Account]:
    """Accounts that somebody else makes."""
    for there in vault.of("serviceAccount"):
        yield word(there, "namespace"), word(there, "name")


def _pairs(role: Resource, accounts: set[Account], principal: Principal | None) -> Iterator[_Judged]:
    """Every name in every namespace is admitted, so each pair must be an account."""
    key = "boundServiceAccountNames"
    names = [n for n in role.texts(key) if "*" not in n]
    spaces = [s for s in role.texts("boundServiceAccountNamespaces") if "*" not in s]
    missing = [(s, n) for s in spaces for n in names if (s, n) not in accounts]
    if missing:
        yield _nobody(missing[0], len(missing), key), True
    elif (
        principal
        and principal.account
        and (principal.namespace, principal.account) not in {(s, n) for s in spaces for n in names}
    ):
        yield _other(principal, key), False


def _subject(role: Resource, accounts: set[Account], principal: Principal | None) -> Iterator[_Judged]:
    key = "boundSubject"
    subject = role.text(key) or ""
    if subject.startswith(SUBJECT):
        space, _, name = subject.removeprefix(SUBJECT).partition(":")
        if (space, name) not in accounts:
            yield _nobody((space, name), 1, key), True
            return
    if principal is None:
        return
    wanted = word(principal.identity, "subject") or f"{SUBJECT}{principal.namespace}:{principal.account}"
    audience = word(principal.identity, "audience") or principal.audience
    if subject != wanted:
        yield _other(principal, key), False
    if audience and role.texts("boundAudiences") != (audience,):
        yield Violation(f"another audience than {principal.name}'s is bound", ("boundAudiences",)), False


def _nobody(account: Account, count: int, key: str) -> Violation:
    more = f", and {count - 1} more" if count > 1 else ""
    return Violation(
        f"it admits {account[0]}/{account[1]}{more}, which is no ServiceAccount of the stack and none that"
        " is declared to exist: whoever makes it logs in",
        (key,),
        later=True,
    )


def _other(principal: Principal, key: str) -> Violation:
    return Violation(f"the role of {principal.name} is bound to somebody else", (key,))


RULES: Final[tuple[AnyRule, ...]] = (
    StackRule(
        id="VKA-06",
        severity="high",
        title="whoever a role admits exists",
        why="A role for an account that nobody made fails when the pod starts, or waits for whoever makes"
        " an account of that name.",
        remedy="bind the namespace and name of a ServiceAccount of the stack, or declare the one that exists",
        reference="https://developer.hashicorp.com/vault/docs/auth/kubernetes",
        seed="bound_service_account_namespaces=production",
        softened="A ServiceAccount with `manage: existing`.",
        check=_exist,
        at=("vault:",),
        late="a ServiceAccount that is neither made nor declared",
    ),
)
