"""IAM policy documents out of resources' inputs, as text or as an object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from policies.guardrails.resource import UNKNOWN, NotEvaluable, Path, Resource, Unreadable
from workload_secrets.decide.statements import Document, read

ROLE: Final = "aws:iam/role:Role"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
POLICY: Final = "aws:iam/policy:Policy"
USER_POLICY: Final = "aws:iam/userPolicy:UserPolicy"
GROUP_POLICY: Final = "aws:iam/groupPolicy:GroupPolicy"
ACCESS: Final = (ROLE_POLICY, POLICY, USER_POLICY, GROUP_POLICY, ROLE)
"""Types whose inputs hold what somebody may do."""


def document(resource: Resource, *path: str | int) -> Document | None:
    """The document at a path, None where there is none.

    Raises NotEvaluable where any part of it isn't known, Unreadable where it is none.
    """
    value = resource.get(*path)
    if value is None:
        return None
    _known(value, path)
    found = read(value, shown_name(resource, path))
    if found.problem is not None or any(None in s.action.values for s in found.statements):
        raise Unreadable(path, "IAM policy document")
    return found


def access_documents(resource: Resource) -> Iterator[tuple[Path, Document]]:
    """Every document of a resource that says what somebody may do, with where it is."""
    paths: list[Path] = [("policy",)]
    if resource.type == ROLE:
        paths = [
            ("inlinePolicies", index, "policy") for index in range(len(resource.items("inlinePolicies")))
        ]
    for path in paths:
        found = document(resource, *path)
        if found is not None:
            yield path, found


def trust_document(resource: Resource) -> Document:
    """A role's trust. Raises like `document`, and Unreadable where there is none."""
    found = document(resource, "assumeRolePolicy")
    if found is None:
        raise Unreadable(("assumeRolePolicy",), "IAM policy document")
    return found


def size(resource: Resource, *path: str | int) -> int:
    """How many characters IAM counts of a document: all but white space.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    value = resource.get(*path)
    return 0 if value is None else _characters(value)


def shown_name(resource: Resource, path: Path) -> str:
    """What a document is called in findings."""
    return f"{path[0]} {path[1]}" if len(path) > 1 else resource.name


def _characters(value: Any) -> int:
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, Any]", value).items()
        return 2 + sum(_characters(k) + _characters(v) + 1 for k, v in pairs) + max(len(pairs) - 1, 0)
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = cast("Sequence[Any]", value)
        return 2 + sum(_characters(item) for item in items) + max(len(items) - 1, 0)
    text = str(value)
    whole = isinstance(value, str) and not text.lstrip().startswith("{")
    return len("".join(text.split())) + (2 if whole else 0)


def _known(value: Any, path: Path) -> None:
    if value is UNKNOWN:
        raise NotEvaluable(path)
    if isinstance(value, Mapping):
        for key, item in cast("Mapping[str, Any]", value).items():
            _known(item, (*path, key))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, item in enumerate(cast("Sequence[Any]", value)):
            _known(item, (*path, index))
