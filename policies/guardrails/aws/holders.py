"""Who holds which IAM documents: roles, users and groups of a stack with all that is attached."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, Final, cast

from policies.guardrails.aws import declared
from policies.guardrails.aws.documents import (
    GROUP_POLICY,
    POLICY,
    ROLE,
    ROLE_POLICY,
    USER_POLICY,
    access_documents,
    trust_document,
)
from policies.guardrails.aws.trusts import SUBJECT, subjects, trusts
from policies.guardrails.aws.walk import Judged, located, named
from policies.guardrails.resource import NotEvaluable, Path, Resource, Unreadable
from policies.guardrails.rule import Context, Violation
from policies.guardrails.stack import Stack
from workload_secrets.decide.statements import Document

ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
MANY_ATTACHMENT: Final = "aws:iam/policyAttachment:PolicyAttachment"
USER_ATTACHMENT: Final = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
GROUP_ATTACHMENT: Final = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
ROLE_ATTACHMENTS: Final = (ATTACHMENT, MANY_ATTACHMENT)
_OWNED: Final = ((ROLE_POLICY, "role"), (USER_POLICY, "user"), (GROUP_POLICY, "group"))


@dataclass(frozen=True, kw_only=True)
class Held:
    """One document, and the resource and path that it stands at."""

    at: Resource
    path: Path
    document: Document


@dataclass(kw_only=True, eq=False)
class Holder:
    """`role` is its resource, where the stack has it; `trust` None where that can't be read.
    `attached` are ARNs of policies with the resource that attaches them. `unknown` is what
    couldn't be read: then there may be more than `held`; `unseen`, what is attached and isn't known."""

    kind: str
    name: str
    role: Resource | None = None
    trust: Document | None = None
    held: list[Held] = field(default_factory=list[Held])
    attached: list[tuple[Resource, Path, str]] = field(default_factory=list[tuple[Resource, Path, str]])
    unknown: list[NotEvaluable] = field(default_factory=list[NotEvaluable])
    unseen: list[NotEvaluable] = field(default_factory=list[NotEvaluable])
    unreadable: list[tuple[Resource, Unreadable]] = field(default_factory=list[tuple[Resource, Unreadable]])

    @property
    def documents(self) -> tuple[Document, ...]:
        return tuple(held.document for held in self.held)

    @property
    def subjects(self) -> tuple[str, ...]:
        """Who takes the role, where that is exactly told; empty where more may."""
        found, complete = subjects(self.trust) if self.trust is not None else ((), False)
        return found if complete else ()

    @property
    def workload(self) -> bool:
        """Whether pods take it, or may: also where nothing says who does."""
        if self.kind in ("user", "group"):
            return False
        if self.trust is None:
            return True
        found = list(trusts(self.trust))
        named = self.subjects
        return bool(found) and (not named or any(s.startswith(SUBJECT) for s in named))

    @property
    def settled(self) -> bool:
        """Whether it is known who it is: nobody, yet, holds a policy that isn't attached."""
        return self.kind in ("user", "group") or self.role is not None

    @property
    def whole(self) -> bool:
        """Whether `held` is all that it has: nothing is unknown or made elsewhere."""
        policies = {held.at.urn for held in self.held if held.at.type == POLICY}
        return not self.unknown and not self.unseen and len(policies) == len(self.attached)

    @property
    def shown(self) -> str:
        return f"{self.kind} {named(self.name)}" if self.name else self.kind

    def at(self, document_label: str) -> Held:
        """The document that a statement's label names; the first one where it names none."""
        return next((h for h in self.held if document_label.endswith(f" of {h.document.name}")), self.held[0])

    def granted(self, context: Context, verb: declared.Verb) -> tuple[str, ...]:
        """The declared secrets that it reads or writes, as patterns."""
        return declared.granted(context, self.subjects, verb)


@lru_cache(maxsize=2)
def holders(stack: Stack) -> tuple[Holder, ...]:
    """Every holder of a stack. A policy that nobody of the stack holds is one for itself."""
    found: dict[tuple[str, str], Holder] = {}
    for role in stack.of(ROLE):
        _role(found, role)
    for type_, kind in _OWNED:
        for resource in stack.of(type_):
            _owned(found, resource, kind)
    _attachments(found, stack)
    _managed(found, stack)
    return tuple(found.values())


def _holder(found: dict[tuple[str, str], Holder], kind: str, name: str) -> Holder:
    return found.setdefault((kind, name), Holder(kind=kind, name=name))


def _role(found: dict[tuple[str, str], Holder], role: Resource) -> None:
    try:
        name = role.text("name") or role.name
    except (NotEvaluable, Unreadable):
        name = role.name
    holder = _holder(found, "role", name)
    holder.role = role

    def trust() -> None:
        holder.trust = trust_document(role)

    _guarded(holder, role, trust)
    _guarded(holder, role, lambda: _hold(holder, role))
    for index in range(_count(role, "managedPolicyArns")):
        path: Path = ("managedPolicyArns", index)
        _guarded(holder, role, lambda path=path: _attach(holder, role, path), holder.unseen)


def _count(role: Resource, key: str) -> int:
    value: Any = role.inputs.get(key)
    return len(cast("list[Any]", value)) if isinstance(value, list | tuple) else 0


def _hold(holder: Holder, resource: Resource) -> None:
    holder.held += [Held(at=resource, path=path, document=d) for path, d in access_documents(resource)]


def _attach(holder: Holder, resource: Resource, path: Path) -> None:
    arn = resource.text(*path)
    if arn:
        holder.attached.append((resource, path, arn))


def _owned(found: dict[tuple[str, str], Holder], resource: Resource, kind: str) -> None:
    lost = Holder(kind=kind, name="")
    owner: str | None = None

    def read() -> None:
        nonlocal owner
        owner = _name(resource, kind)

    _guarded(lost, resource, read)
    if owner is None:
        found[kind, f"of {resource.urn}"] = lost
        return
    holder = _holder(found, kind, owner)
    _guarded(holder, resource, lambda: _hold(holder, resource))


def _name(resource: Resource, *path: str | int) -> str:
    """A name; of an ARN, its last part."""
    return (resource.text(*path) or "").rpartition("/")[2]


def _attachments(found: dict[tuple[str, str], Holder], stack: Stack) -> None:
    for type_, kind in ((ATTACHMENT, "role"), (USER_ATTACHMENT, "user"), (GROUP_ATTACHMENT, "group")):
        for resource in stack.of(type_):
            _attached(found, resource, kind, (kind,))
    for resource in stack.of(MANY_ATTACHMENT):
        for kind in ("role", "user", "group"):
            for index in range(_count(resource, f"{kind}s")):
                _attached(found, resource, kind, (f"{kind}s", index))


def _attached(found: dict[tuple[str, str], Holder], resource: Resource, kind: str, path: Path) -> None:
    lost = Holder(kind=kind, name="")

    def read() -> None:
        holder = _holder(found, kind, _name(resource, *path))
        _guarded(holder, resource, lambda: _attach(holder, resource, ("policyArn",)), holder.unseen)

    _guarded(lost, resource, read, lost.unseen)
    if lost.unseen or lost.unreadable:
        found[kind, f"of {resource.urn}"] = lost


def _managed(found: dict[tuple[str, str], Holder], stack: Stack) -> None:
    """Gives each policy of the stack to whom it is attached, by its path and name."""
    by_end: dict[str, list[Holder]] = {}
    unseen = [one for holder in found.values() for one in holder.unseen]
    for holder in list(found.values()):
        for _, _, arn in holder.attached:
            by_end.setdefault(arn.rpartition(":policy")[2], []).append(holder)
    for resource in stack.of(POLICY):
        end = policy_end(resource)
        owners = by_end.get(end, []) if end else []
        if not owners:
            alone = found.setdefault(("policy", resource.urn), Holder(kind="policy", name=resource.name))
            owners = [] if unseen else [alone]
            alone.unknown += unseen[:1]  # what is attached and isn't known may be it
        for holder in owners:
            _guarded(holder, resource, partial(_hold, holder, resource))


def policy_end(resource: Resource) -> str | None:
    """What a policy's ARN ends in: its path and name; None where that isn't known."""
    name, path = resource.inputs.get("name"), resource.inputs.get("path") or "/"
    return f"{path}{name}" if isinstance(name, str) and isinstance(path, str) else None


def _guarded(
    holder: Holder,
    resource: Resource,
    read: Callable[[], None],
    unknown: list[NotEvaluable] | None = None,
) -> None:
    try:
        read()
    except NotEvaluable as found:
        (holder.unknown if unknown is None else unknown).append(located(resource, found))
    except Unreadable as wrong:
        holder.unreadable.append((resource, wrong))


def each(
    stack: Stack, check: Callable[[Holder], Iterable[tuple[Resource, Violation]]], *, documents: bool = True
) -> Judged:
    """Checks every holder. What isn't known of one hides nothing of another.

    `documents` False: only what is attached is looked at.
    """
    unknown: list[NotEvaluable] = []
    for holder in holders(stack):
        for at, wrong in holder.unreadable:
            yield at, Violation(str(wrong), wrong.path)
        unknown += [*(holder.unknown if documents else ()), *holder.unseen]
        try:
            yield from check(holder)
        except NotEvaluable as found:
            unknown.append(found)
    if unknown:
        raise unknown[0]
