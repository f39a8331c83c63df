"""Rules about the form of IAM documents: how much they name at once, and whether AWS takes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.guardrails.aws import actions
from policies.guardrails.aws.documents import (
    ACCESS,
    POLICY,
    ROLE,
    access_documents,
    size,
    trust_document,
)
from policies.guardrails.aws.holders import Holder, each
from policies.guardrails.aws.walk import Judged
from policies.guardrails.resource import Path, Resource
from policies.guardrails.rule import AnyRule, Context, Rule, StackRule, Violation
from policies.guardrails.stack import Stack
from workload_secrets.decide.statements import Document, Statement

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_INLINE: Final = {"role": 10_240, "user": 2_048, "group": 5_120}
_MANAGED: Final = 6_144
_TRUST: Final = 2_048


def _broad(resource: Resource, _: Context) -> Iterator[Violation]:
    found = list(access_documents(resource))
    if resource.type == ROLE:
        found.append((("assumeRolePolicy",), trust_document(resource)))
    for path, document in found:
        for statement in document.statements:
            if statement.allow:
                yield from (Violation(f"{statement.label} {text}", path) for text in _breadth(statement))


def _breadth(statement: Statement) -> Iterator[str]:
    if statement.action.inverted:
        yield "allows every action but a few (NotAction)"
    if statement.resource is not None and statement.resource.inverted:
        yield "allows on everything but a few (NotResource)"
    if statement.principal is not None and statement.principal.inverted:
        yield "allows everyone but a few (NotPrincipal)"
    for value in () if statement.action.inverted else actions.spelt(statement.action):
        if actions.whole_service(value):
            yield f"allows every action of a service with {actions.shown(value)}"


def _taken(stack: Stack, _: Context) -> Judged:
    def check(holder: Holder) -> Judged:
        for held in holder.held:
            for text in _wrong(held.document):
                yield held.at, Violation(text, held.path)
        if holder.trust is not None and holder.role is not None:
            for text in _wrong(holder.trust, known=True):
                yield holder.role, Violation(text, ("assumeRolePolicy",))
        yield from _sizes(holder)

    return each(stack, check)


def _wrong(document: Document, *, known: bool = False) -> Iterator[str]:
    """What AWS wouldn't take, or would take and never match. `known`: of a trust, which has
    no resources."""
    if not all(statement.variables for statement in document.statements):
        yield "its Version is not 2012-10-17"
    for statement in document.statements:
        for value in actions.spelt(statement.action):
            found = actions.named(value)
            if found is None:
                services = ", ".join(sorted(actions.services()))
                yield f"{statement.label} has {actions.shown(value)}, of none of the services {services}"
            elif not found:
                yield f"{statement.label} has {actions.shown(value)}, which names no action"
            elif not known:
                yield from _acts_on_nothing(statement, value, found)
        if not known:
            yield from _never_acted_on(statement)


def _acts_on_nothing(statement: Statement, value: str, found: tuple[actions.Action, ...]) -> Iterator[str]:
    names = statement.resource
    if names is None:
        yield f"{statement.label} has no Resource"
    elif not names.inverted and not any(_acts(action, names.values) for action in found):
        yield f"{actions.shown(value)} of {statement.label} acts on none of its resources"


def _acts(action: actions.Action, resources: tuple[str | None, ...]) -> bool:
    return any(
        resource in (None, "*") or any(actions.fits(resource, arn) for arn in action.arns)
        for resource in resources
    )


def _never_acted_on(statement: Statement) -> Iterator[str]:
    names = statement.resource
    if names is None or names.inverted or statement.action.inverted:
        return
    # What isn't known acts on anything: it is a finding of its own.
    listed = [actions.named(value) for value in actions.spelt(statement.action)]
    if None in listed:
        return
    arns = {arn for found in listed if found for action in found for arn in action.arns}
    for number, resource in enumerate(names.values, start=1):
        if resource not in (None, "*") and not any(actions.fits(resource, arn) for arn in arns):
            yield f"no action of {statement.label} acts on its resource {number}"


def _sizes(holder: Holder) -> Judged:
    inline = [held for held in holder.held if held.at.type != POLICY]
    limit = _INLINE.get(holder.kind)
    total = sum(size(held.at, *held.path) for held in inline)
    if limit is not None and total > limit:
        text = f"the inline policies of {holder.shown} have {total} characters; IAM takes {limit}"
        yield inline[0].at, Violation(text, inline[0].path)
    for held in holder.held:
        if held.at.type == POLICY:
            yield from _within(held.at, held.path, _MANAGED)
    if holder.role is not None and holder.trust is not None:
        yield from _within(holder.role, ("assumeRolePolicy",), _TRUST)


def _within(resource: Resource, path: Path, limit: int) -> Judged:
    found = size(resource, *path)
    if found > limit:
        yield resource, Violation(f"it has {found} characters; IAM takes {limit}", path)


RULES: Final[tuple[AnyRule, ...]] = (
    Rule(
        id="IAM-01",
        severity="critical",
        title="a statement names the actions that it allows",
        why="A whole service holds actions that nobody thought of, and those that AWS adds later.",
        remedy="list the actions; turn NotAction, NotResource and NotPrincipal into lists of what is allowed",
        reference="CKV_AWS_62, CKV_AWS_63, CKV_AWS_355; Security Hub IAM.1, IAM.21; AwsSolutions-IAM5",
        types=ACCESS,
        check=_broad,
    ),
    StackRule(
        id="IAM-05",
        severity="high",
        title="IAM takes a document, and its actions act on its resources",
        why="A misspelt action or a resource of another kind is stored, and never matches.",
        remedy="use known actions with resources of their kind, and keep within IAM's sizes",
        reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html",
        check=_taken,
        at=("aws:iam/",),
    ),
)
