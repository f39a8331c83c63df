"""Whether everyone who reads a secret needs all groups of its keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from policies.guardrails.aws import declared, template
from policies.guardrails.aws.holders import holders
from policies.guardrails.aws.readers import readers
from policies.guardrails.aws.types import SECRET, SECRET_VERSION
from policies.guardrails.aws.walk import Judged, every
from policies.guardrails.declaration import entries, word, words
from policies.guardrails.resource import Resource
from policies.guardrails.rule import Context, Violation
from policies.guardrails.stack import Stack

_MANY: Final = 2
_Versions: TypeAlias = Mapping[str, Sequence[Resource]]


def needed(stack: Stack, context: Context) -> Judged:
    """Findings for every secret that someone reads more of than it needs."""

    versions = _by_name(stack)

    def check(secret: Resource) -> Iterator[Violation]:
        name = secret.text("name") or ""
        if context.declared is not None:
            yield from _declared(context, name)
        else:
            yield from _strictly(stack, versions, name)

    return every(stack, (SECRET,), check)


def _declared(context: Context, name: str) -> Iterator[Violation]:
    """What a reader needs is what its files are made of; all of it where it has none."""
    key = declared.key_of(context, name)
    secret = declared.named(context, name)
    if key is None or secret is None:
        return
    used = {_group(word(k, "name")) for k in entries(secret, "keys") if k.get("inUse", True)}
    for reader, principal in declared.readers(context, key) if len(used) > 1 else ():
        taken = _taken(principal, key)
        if taken is not None and used - taken:
            text = f"{reader} takes {len(used & taken)} of its {len(used)} groups of keys, and reads them all"
            yield Violation(text, ("name",))


def _taken(principal: Mapping[str, Any], key: str) -> set[str] | None:
    """The groups that a principal's files name; None where it gets the whole secret."""
    files = [f for f in entries(principal, "delivery", "files") if f.get("secret") == key]
    names = [words(file, "names") for file in files]
    if not all(names):
        return None
    return {_group(name) for listed in names for name in listed} or None


def _strictly(stack: Stack, versions: _Versions, name: str) -> Iterator[Violation]:
    """Nothing says who needs what: only one ServiceAccount may read several groups."""
    found = readers(stack).of(name)
    count = sum(max(1, len(h.subjects)) if h.subjects or not h.workload else _MANY for h in found)
    if count < _MANY:
        unknown = next((one for h in holders(stack) for one in (*h.unknown, *h.unseen)), None)
        if unknown is not None:
            raise unknown  # there may be more readers
        return
    groups = _groups(versions, name)
    if groups is None or groups > 1:
        text = "several readers share it, and nothing says that each needs all of it"
        yield Violation(text, ("name",), later=True)


def _groups(versions: _Versions, name: str) -> int | None:
    """How many groups the secret's template has; None where the program writes none."""
    for version in versions.get(name, ()):
        found = template.read(version.text("secretString") or "")
        return None if isinstance(found, str) else len(found.groups)
    return None


def _by_name(stack: Stack) -> _Versions:
    """The values that the program writes, by the secret's name; by its ARN too."""
    found: dict[str, list[Resource]] = {}
    for version in stack.of(SECRET_VERSION):
        of = version.inputs.get("secretId")
        for name in {of, declared.secret_name(of)} if isinstance(of, str) else ():
            found.setdefault(name or "", []).append(version)
    return found


def _group(name: str) -> str:
    return name.partition(".")[0]
