"""Which subjects and secrets a document can concern at all, so that not everything need be
tried with everything. Always too many rather than too few; `ANY` where nobody can say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar, cast

from workload_secrets.access.documents import Document, statements, texts

ANY: Final = None
"""Every subject, or every secret."""
_EXACT_SUFFIX: Final = "-??????"
_ARN_FIELDS: Final = 6


def trusted_subjects(trust: Document) -> frozenset[str] | None:
    """The subjects a role's trust can admit: the exact `sub` of each Allow, else `ANY`."""
    found: set[str] = set()
    for statement in statements(trust):
        if statement.get("Effect") != "Allow":
            continue
        subjects = _exact_subjects(statement.get("Condition"))
        if subjects is None:
            return ANY
        found |= subjects
    return frozenset(found)


def _exact_subjects(condition: object) -> frozenset[str] | None:
    if not isinstance(condition, Mapping):
        return ANY
    for operator, keys in cast("Mapping[str, object]", condition).items():
        if operator.lower() != "stringequals" or not isinstance(keys, Mapping):
            continue
        for key, value in cast("Mapping[str, object]", keys).items():
            subjects = texts(value)
            if key.lower().endswith(":sub") and not any("${" in s for s in subjects):
                return frozenset(subjects)
    return ANY


def bound_subjects(role: Mapping[str, Any]) -> frozenset[str] | None:
    """The subjects a Vault role can admit, from its camelCase inputs; else `ANY`."""
    subject = role.get("boundSubject")
    if isinstance(subject, str) and subject:
        return frozenset({subject})
    names, namespaces = role.get("boundServiceAccountNames"), role.get("boundServiceAccountNamespaces")
    if role.get("boundServiceAccountNamespaceSelector") or not (_exact(names) and _exact(namespaces)):
        return ANY
    pairs = ((space, name) for space in texts(namespaces) for name in texts(names))
    return frozenset(f"system:serviceaccount:{space}:{name}" for space, name in pairs)


def _exact(names: object) -> bool:
    if not isinstance(names, Sequence) or isinstance(names, str) or not names:
        return False
    return all(isinstance(n, str) and "*" not in n for n in cast("Sequence[object]", names))


def granted_names(policies: Iterable[Document]) -> frozenset[str] | None:
    """The names of the AWS secrets an identity's policies can grant; else `ANY`."""
    found: set[str] = set()
    for statement in (s for policy in policies for s in statements(policy) if s.get("Effect") == "Allow"):
        if not _of_secrets(statement):
            continue
        for resource in texts(statement["Resource"]) if "Resource" in statement else ("*",):
            name = _secret_name(resource)
            if name is None:
                return ANY
            found.add(name)
    return frozenset(found)


def _of_secrets(statement: Document) -> bool:
    actions = texts(statement.get("Action"))
    return not actions or any(
        "*" in a.split(":")[0] or a.lower().startswith("secretsmanager:") for a in actions
    )


def _secret_name(resource: str) -> str | None:
    """The name where the resource is exactly one secret, with its six random characters."""
    fields = resource.split(":", _ARN_FIELDS)
    if len(fields) <= _ARN_FIELDS or fields[2] != "secretsmanager" or not fields[6].endswith(_EXACT_SUFFIX):
        return ANY
    name = fields[6].removesuffix(_EXACT_SUFFIX)
    return ANY if any(sign in name for sign in "*?$") else name


T = TypeVar("T")


class Index(Generic[T]):
    """Finds the items that concern a name, where some concern every name."""

    def __init__(self, items: Iterable[tuple[frozenset[str] | None, T]]) -> None:
        self._named: dict[str, list[T]] = defaultdict(list)
        self._open: list[T] = []
        for names, item in items:
            for name in names or ():
                self._named[name].append(item)
            if names is None:
                self._open.append(item)

    def find(self, name: str) -> tuple[T, ...]:
        return (*self._named.get(name, ()), *self._open)
