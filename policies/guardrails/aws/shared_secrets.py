"""Whether everyone who reads a secret needs all groups of its keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies.guardrails.aws import declared, template
from policies.guardrails.aws.holders import Holder, holders
from policies.guardrails.aws.types import SECRET, SECRET_VERSION
from policies.guardrails.aws.walk import Judged, every
from policies.guardrails.resource import Resource
from policies.guardrails.rule import Context, Violation
from policies.guardrails.stack import Stack
from workload_secrets.decide.reach import beyond

READ: Final = ("secretsmanager:GetSecretValue",)
_MANY: Final = 2


def needed(stack: Stack, context: Context) -> Judged:
    """Findings for every secret that someone reads more of than it needs."""

    def check(secret: Resource) -> Iterator[Violation]:
        name = secret.text("name") or ""
        if context.declared is not None:
            yield from _declared(context, name)
        else:
            yield from _strictly(stack, secret, name)

    return every(stack, (SECRET,), check)


def _declared(context: Context, name: str) -> Iterator[Violation]:
    """What a reader needs is what its files are made of; all of it where it has none."""
    found = next(((key, s) for key, s in declared.secrets(context).items() if s.get("name") == name), None)
    if found is None:
        return
    key, secret = found
    used = {_group(k["name"]) for k in secret.get("keys", ()) if k.get("inUse", True)}
    principals: Mapping[str, Mapping[str, Any]] = (context.declared or {}).get("principals", {})
    for reader, principal in sorted(principals.items()):
        grants = [grant for grant in principal.get("grants", ()) if grant.get("secret") == key]
        taken = _taken(principal, key)
        if grants and taken is not None and len(used) > 1 and used - taken:
            text = f"{reader} takes {len(used & taken)} of its {len(used)} groups of keys, and reads them all"
            yield Violation(text, ("name",))


def _taken(principal: Mapping[str, Any], key: str) -> set[str] | None:
    """The groups that a principal's files name; None where it gets the whole secret."""
    delivery: Mapping[str, Any] = principal.get("delivery") or {}
    files = [file for file in delivery.get("files", ()) if file.get("secret") == key]
    if not files or any(not file.get("names") for file in files):
        return None
    return {_group(name) for file in files for name in file["names"]}


def _strictly(stack: Stack, secret: Resource, name: str) -> Iterator[Violation]:
    """Nothing says who needs what: only one ServiceAccount may read several groups."""
    exact = f"arn:*:secretsmanager:*:*:secret:{name}-??????"
    readers = [holder for holder in holders(stack) if _reads(holder, exact)]
    count = sum(max(1, len(h.subjects)) if h.subjects or not h.workload else _MANY for h in readers)
    if count < _MANY:
        return
    groups = _groups(stack, name)
    if groups is None or groups > 1:
        yield Violation("several readers share it, and nothing says that each needs all of it", ("name",))


def _reads(holder: Holder, exact: str) -> bool:
    if holder.unknown and not holder.held:
        raise holder.unknown[0]
    return next(beyond(holder.documents, READ, universe=exact, allowed=()), None) is not None


def _groups(stack: Stack, name: str) -> int | None:
    """How many groups the secret's template has; None where the program writes none."""
    for version in stack.of(SECRET_VERSION):
        of = version.text("secretId") or ""
        if name in (of, declared.secret_name(of)):
            found = template.read(version.text("secretString") or "")
            return None if isinstance(found, str) else len(found.groups)
    return None


def _group(name: str) -> str:
    return name.partition(".")[0]
