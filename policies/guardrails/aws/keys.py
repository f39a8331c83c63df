"""What roles and keys' own policies let be done with KMS keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from policies.guardrails.aws import declared
from policies.guardrails.aws.documents import document
from policies.guardrails.aws.holders import Held, Holder, each
from policies.guardrails.aws.readers import READ, readers
from policies.guardrails.aws.types import ALIAS, KEY, SECRET
from policies.guardrails.aws.walk import Judged, every, located, named
from policies.guardrails.resource import NotEvaluable, Path, Resource, Unreadable
from policies.guardrails.rule import Context, Violation
from policies.guardrails.stack import Stack
from workload_secrets.decide.answer import Answer
from workload_secrets.decide.evaluate import identity
from workload_secrets.decide.request import Request
from workload_secrets.decide.statements import Statement

USES: Final = ("kms:decrypt", "kms:encrypt", "kms:generatedatakey", "kms:reencryptfrom")
_KEY: Final = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/[^*?$]+")
_ROOT: Final = re.compile(r"arn:[a-z-]+:iam::(?P<account>\d{12}):root")
_SIX: Final = re.compile(r"[A-Za-z0-9]{6}")
_VIA: Final = re.compile(r"secretsmanager\.[a-z0-9-]+\.[a-z0-9.-]+")


@dataclass(frozen=True, kw_only=True)
class _Under:
    """A secret of the stack, or its copy in another region, and the customer key of that."""

    secret: Resource
    name: str
    key: str
    copy: bool


def used(stack: Stack, context: Context) -> Judged:
    """Findings for roles that do more with keys than reading their secrets takes, or can't read."""
    unknown: list[NotEvaluable] = []
    under = list(_under(stack, unknown))

    read: dict[int, list[_Under]] = {}
    for one in under:
        for holder in readers(stack).of(one.name):
            read.setdefault(id(holder), []).append(one)

    def check(holder: Holder) -> Judged:
        if not holder.workload or _unseals(holder, context):
            return
        mine = read.get(id(holder), [])
        for held in holder.held:
            for statement in held.document.statements:
                if statement.allow and any(statement.action.admits(action) for action in USES):
                    yield from _beyond_secrets(holder, held, statement, mine)
        if holder.whole:
            yield from _cannot(holder, mine)

    yield from each(stack, check)
    if under or unknown or declared.secrets(context):
        yield from every(stack, (KEY,), lambda key: _key_policy(key, context))
    if unknown:
        raise unknown[0]


def _under(stack: Stack, unknown: list[NotEvaluable]) -> Iterator[_Under]:
    aliases: dict[str, Any] = {
        name: alias.inputs.get("targetKeyId")
        for alias in stack.of(ALIAS)
        if isinstance(name := alias.inputs.get("name"), str)
    }
    for secret in stack.of(SECRET):
        try:
            name = secret.text("name") or ""
            keys = [(path, secret.text(*path) or "") for path in _key_paths(secret)]
        except (NotEvaluable, Unreadable) as found:
            unknown.append(located(secret, found))
            continue
        for path, key in keys:
            if not key or key.endswith("alias/aws/secretsmanager"):
                continue  # the account's own key needs no grant
            alias = "alias/" + key.partition("alias/")[2] if "alias/" in key else ""
            target = aliases.get(alias) if alias else key
            if not isinstance(target, str):
                unknown.append(located(secret, NotEvaluable(path)))
                continue
            yield _Under(secret=secret, name=name, key=target, copy=len(path) > 1)


def _key_paths(secret: Resource) -> Iterator[Path]:
    """Where the keys of a secret stand: its own, and one for each region that it is copied to."""
    yield ("kmsKeyId",)
    for index, _ in enumerate(secret.items("replicas")):
        yield ("replicas", index, "kmsKeyId")


def _beyond_secrets(holder: Holder, held: Held, statement: Statement, mine: list[_Under]) -> Judged:
    resources = statement.resource.values if statement.resource is not None else (None,)
    inverted = statement.resource is not None and statement.resource.inverted
    exact = [r for r in resources if r is not None and _KEY.fullmatch(r)]
    if inverted or len(exact) != len(resources):
        text = f"{statement.label} uses keys that it doesn't name by ARN{_another(resources)}"
        yield held.at, Violation(text, held.path, later=not holder.settled)
    elif mine and not all(any(_same(key, u.key) for u in mine) for key in exact):
        text = f"{statement.label} uses a key that no secret which {holder.shown} reads lies under"
        yield held.at, Violation(text, held.path, later=True)
    if not via_secrets_manager(statement):
        text = f"{statement.label} uses a key without Secrets Manager: kms:ViaService isn't asked for"
        yield held.at, Violation(text, held.path, later=not holder.settled)


def _another(resources: Sequence[str | None]) -> str:
    """An example of a key that such a pattern names."""
    pattern = next((r for r in resources if r is not None and ":key/" in r and "*" in r), None)
    return "" if pattern is None else f", for example {pattern.replace('*', 'another', 1).replace('*', '')}"


def via_secrets_manager(statement: Statement) -> bool:
    """Whether a statement holds only for calls that Secrets Manager makes."""
    return any(
        test.operator.lower() == "stringequals"
        and test.key.lower() == "kms:viaservice"
        and bool(test.values)
        and all(value is not None and _VIA.fullmatch(value) for value in test.values)
        for test in statement.tests
    )


def _cannot(holder: Holder, mine: list[_Under]) -> Judged:
    """Secrets that it may read and can't decrypt."""
    for under in mine:
        if not _KEY.fullmatch(under.key):
            continue
        _, partition, _, region, account = under.key.split(":", 5)[:5]
        arn = _arn(holder, f"arn:{partition}:secretsmanager:{region}:{account}:secret:{under.name}-")
        keys = {
            value
            for held in holder.held
            for s in held.document.statements
            for t in s.tests
            if t.key.lower() == "kms:viaservice"
            for value in t.values
            if value is not None and value.startswith(f"secretsmanager.{region}.")
        }
        context = {
            "kms:ViaService": next(iter(sorted(keys)), f"secretsmanager.{region}.amazonaws.com"),
            "kms:EncryptionContext:SecretARN": arn,
            "kms:CallerAccount": account,
        }
        get = Request(action="secretsmanager:GetSecretValue", resource=arn, context={})
        if under.copy and identity(holder.documents, get).answer is Answer.NO:
            continue
        request = Request(action="kms:Decrypt", resource=under.key, context=context)
        if identity(holder.documents, request).answer is Answer.NO:
            held = holder.held[0]
            text = f"{holder.shown} reads secret {named(under.name)}, and can't decrypt with its key"
            yield held.at, Violation(text, held.path, later=True)


def _arn(holder: Holder, start: str) -> str:
    """The secret's ARN as the documents name it, where they name the six random characters too."""
    statements = [s for held in holder.held for s in held.document.statements]
    named = (r for s in statements for r in (s.resource.values if s.resource is not None else ()))
    asked = (value for s in statements for t in s.tests for value in t.values)
    exact = (v for v in (*named, *asked) if v and v.startswith(start) and _SIX.fullmatch(v[len(start) :]))
    return next(exact, f"{start}AbCdEf")


def _key_policy(key: Resource, context: Context) -> Iterator[Violation]:
    policy = document(key, "policy")
    for statement in policy.statements if policy is not None else ():
        if not statement.allow or not statement.action.admits("kms:decrypt"):
            continue
        if _delegates(statement, key, context):
            continue
        if not via_secrets_manager(statement) and not _seal(statement, context):
            text = f"{statement.label} decrypts without Secrets Manager: kms:ViaService isn't asked for"
            yield Violation(text, ("policy",))


def _delegates(statement: Statement, key: Resource, context: Context) -> bool:
    """Whether it leaves the key to the account's IAM policies, as a key without a policy does:
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html. A stack that
    declares who reads its secrets says so in the key's policy, too."""
    principal = statement.principal
    if context.declared is not None or principal is None or principal.inverted:
        return False
    roots = [_ROOT.fullmatch(value or "") for value in principal.kinds.get("AWS", ())]
    own = declared.account_of(key, context)
    found = {root["account"] if root else "" for root in roots}
    return (
        set(principal.kinds) == {"AWS"}
        and len(found) == 1
        and "" not in found
        and (not own or found == {own})
    )


def _seal(statement: Statement, context: Context) -> bool:
    """Whether it lets one role unseal the declared server: that uses its key directly."""
    principal = statement.principal
    if declared.server_subject(context) is None or principal is None or principal.inverted:
        return False
    named = [value for values in principal.kinds.values() for value in values]
    return set(principal.kinds) == {"AWS"} and len(named) == 1 and ":role/" in (named[0] or "")


def _unseals(holder: Holder, context: Context) -> bool:
    """Whether it is the declared server's role, and reads no secret: one key by ARN is enough."""
    subject = declared.server_subject(context)
    if subject is None or holder.subjects != (subject,):
        return False
    statements = [s for held in holder.held for s in held.document.statements if s.allow]
    names = {
        value for s in statements for value in (s.resource.values if s.resource is not None else (None,))
    }
    reads = any(s.action.admits(action.lower()) for s in statements for action in READ)
    return not reads and len(names) == 1 and all(v is not None and _KEY.fullmatch(v) for v in names)


def _same(arn: str, key: str) -> bool:
    return key in (arn, arn.rpartition("/")[2])
