"""Roles of AWS that several ServiceAccounts take."""

from __future__ import annotations

from collections.abc import Iterator

from policies.guardrails.aws.documents import ROLE, trust_document
from policies.guardrails.aws.trusts import SUBJECT, subjects
from policies.guardrails.aws.types import ASSOCIATION
from policies.guardrails.aws.walk import Judged, counted, every, located
from policies.guardrails.resource import NotEvaluable, Resource, Unreadable
from policies.guardrails.rule import Context, Violation
from policies.guardrails.stack import Stack


def one_account(stack: Stack, _: Context) -> Judged:
    """Findings for roles that more than one ServiceAccount takes, by trust or by association."""
    associated: dict[str, set[str]] = {}
    unknown: list[NotEvaluable] = []
    for association in stack.of(ASSOCIATION):
        try:
            role = (association.text("roleArn") or "").rpartition("/")[2]
            pod = f"{SUBJECT}{association.text('namespace')}:{association.text('serviceAccount')}"
            associated.setdefault(role, set()).add(pod)
        except (NotEvaluable, Unreadable) as found:
            unknown.append(located(association, found))

    def check(role: Resource) -> Iterator[Violation]:
        found, _complete = subjects(trust_document(role))
        taken = set(found) | associated.get(role.text("name") or role.name, set())
        if len(taken) > 1:
            yield Violation(
                f"{counted(len(taken), 'ServiceAccount')} take it; each needs a role of its own",
                ("assumeRolePolicy",),
            )

    yield from every(stack, (ROLE,), check)
    if unknown:
        raise unknown[0]
