"""Rules about what roles reach: exactly the secrets and the key that are declared for them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from policies.guardrails.aws import actions, declared, keys
from policies.guardrails.aws.holders import Holder, each
from policies.guardrails.aws.walk import Judged, counted
from policies.guardrails.rule import AnyRule, Context, StackRule, Violation
from policies.guardrails.stack import Stack
from workload_secrets.decide.reach import Beyond, beyond
from workload_secrets.decide.statements import Statement

READ: Final = ("secretsmanager:GetSecretValue",)
WRITE: Final = ("secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage")
_EXACT: Final = re.compile(
    r"arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[^*?$:]+-(\?{6}|[A-Za-z0-9]{6})"
)
_USES_KEY: Final = ("kms:Decrypt",)
_WRITES_KEY: Final = ("kms:Encrypt", "kms:GenerateDataKey")


def _reads_declared(stack: Stack, context: Context) -> Judged:
    def check(holder: Holder) -> Judged:
        allowed = _allowed(holder, context, "read")
        sure = _nobodys(holder, context)
        for found in _beyond(holder, context, READ, allowed):
            example = declared.spoken(found.example, declared.home(context))
            held, later = holder.at(found.label), sure is not None and found.label not in sure
            text = f"{holder.shown} can read {_which(context)}, for example {example}"
            yield held.at, Violation(text, held.path, later)

    return each(stack, check)


def _nobodys(holder: Holder, context: Context) -> frozenset[str] | None:
    """The statements that read what nobody is declared to read, whoever holds them; None where
    it is known who does."""
    if holder.settled or context.declared is None:
        return None
    anybodys = declared.granted_to_any(context, "read")
    return frozenset(found.label for found in _beyond(holder, context, READ, anybodys))


def _which(context: Context) -> str:
    if context.declared is None:
        return "secrets that it doesn't name exactly"
    return "secrets that it isn't declared to read"


def _allowed(holder: Holder, context: Context, verb: declared.Verb) -> Collection[str]:
    """What is declared; without a declaration, what is named exactly."""
    if context.declared is not None:
        return holder.granted(context, verb)
    return frozenset(
        value
        for document in holder.documents
        for statement in document.statements
        if statement.allow and statement.resource is not None and not statement.resource.inverted
        for value in statement.resource.values
        if value is not None and _EXACT.fullmatch(value)
    )


def _beyond(
    holder: Holder, context: Context, verbs: tuple[str, ...], allowed: Collection[str]
) -> Iterator[Beyond]:
    where = declared.home(context)
    return beyond(
        holder.documents,
        verbs,
        universe=declared.EVERY_SECRET,
        allowed=allowed,
        likely=declared.likely(where),
    )


def reads(holder: Holder) -> bool:
    """Whether it may read any secret."""
    aimed = (s for d in holder.documents for action in READ for s in d.aimed_at(action))
    return any(statement.allow for statement in aimed)


def _only_reads(stack: Stack, context: Context) -> Judged:
    def check(holder: Holder) -> Judged:
        if not holder.workload or not reads(holder):
            return
        writes = holder.granted(context, "write") if context.declared is not None else ()
        may = {*_USES_KEY, *((*WRITE, *_WRITES_KEY) if writes else ())}
        for held in holder.held:
            for statement in held.document.statements:
                more = _more(statement, may)
                if statement.allow and more:
                    many = f"{counted(len(more), 'action')} beyond reading, such as {more[0]}"
                    text = f"{statement.label} allows {many}"
                    yield held.at, Violation(text, held.path, later=not holder.settled)
        for found in _beyond(holder, context, WRITE, writes) if writes else ():
            held, example = holder.at(found.label), declared.spoken(found.example, declared.home(context))
            text = f"{holder.shown} can write secrets that it isn't declared to write, for example {example}"
            yield held.at, Violation(text, held.path, later=not holder.settled)

    return each(stack, check)


def _more(statement: Statement, may: Collection[str]) -> list[str]:
    found = (action for action in actions.admitted(statement.action) if not action.reads)
    return sorted(actions.shown(action.name) for action in found if action.name not in may)


RULES: Final[tuple[AnyRule, ...]] = (
    StackRule(
        id="IAM-02",
        severity="critical",
        title="a role reads exactly the secrets that are declared for it",
        why="A pattern opens secrets of other teams and environments, and those that are made later.",
        remedy="name each secret: arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME-??????",
        reference="https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html",
        seed='"Resource": "arn:aws:secretsmanager:*:*:secret:PMP-*"',
        softened="`reads` and `writers`: a role may read what its subject is declared to read.",
        check=_reads_declared,
        at=("aws:iam/",),
        late="a document for a role that isn't of the stack, with secrets that others are to read",
    ),
    StackRule(
        id="IAM-03",
        severity="high",
        title="who reads secrets does nothing else with them",
        why="A reader that is taken over could change or delete what others rely on.",
        remedy="leave out what writes, or declare a writer of its own",
        reference="CKV_AWS_289, CKV_AWS_290; access levels of AWS's service authorization reference",
        softened="`writers`: a writer's role may write the secrets that it is declared to write.",
        check=_only_reads,
        at=("aws:iam/",),
        late="a document for a role that isn't of the stack",
    ),
    StackRule(
        id="IAM-04",
        severity="high",
        title="a role decrypts with the key of its secrets alone, through Secrets Manager",
        why="A key that is open beyond its secrets decrypts whatever else lies under it.",
        remedy="name the key by ARN, with StringEquals on kms:ViaService",
        reference="https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
        softened="A server that KMS unseals: its role uses that one key without Secrets Manager.",
        check=keys.used,
        at=("aws:iam/", "aws:kms/"),
        late="a key of no secret that the role reads; a secret that it can't decrypt;"
        " without a declaration, a key's own policy",
    ),
)
