"""Whom a resource's own policy lets in from outside its account.

A caller from outside is taken to have every right in its own account, so a policy that names
only the account lets it in. What a condition leaves open counts as let in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

from workload_secrets.decide.answer import Answer
from workload_secrets.decide.evaluate import identity, resource_alone
from workload_secrets.decide.principals import account_of
from workload_secrets.decide.request import Request
from workload_secrets.decide.statements import Document, Principals, read

_SERVICE: Final = re.compile(r"[a-z0-9.-]{1,60}\.amazonaws\.com(\.cn)?")
_KINDS: Final = ("CanonicalUser", "Federated")
_STRANGERS: Final = ("999999999999", "888888888888", "777777777777")
_ALL: Final = read({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}, "its own policy")


@dataclass(frozen=True, kw_only=True)
class Outsider:
    """`who` is in words; `sure` is False where a condition that can't be decided stands before."""

    who: str
    action: str
    sure: bool


def outsiders(
    policy: Document, *, account: str | None, resource: str, actions: Collection[str]
) -> Iterator[Outsider]:
    """Everyone outside `account` who may do one of `actions`; one finding for each caller.

    `resource` is the ARN of what the policy belongs to. `account` None: not known; then only
    those that surely are no part of it are found. Unknown documents are the caller's.
    """
    allowed = [a for a in sorted(actions) if any(s.allow for s in policy.aimed_at(a))]
    for who, kind, caller in _callers(policy, account) if allowed else ():
        for action in allowed:
            answer = _asked(policy, kind, caller, action, resource)
            if answer is not Answer.NO:
                yield Outsider(who=who, action=action, sure=answer is Answer.YES)
                break


def _callers(policy: Document, account: str | None) -> Iterator[tuple[str, str, str]]:
    """Who to ask for: a stranger, and whoever the Allow statements name; with their kind."""
    named = {
        (kind, value or "")
        for statement in policy.statements
        if statement.allow and statement.principal is not None and not statement.principal.inverted
        for kind, values in statement.principal.kinds.items()
        for value in values
    }
    stranger = next(s for s in _STRANGERS if s != account and not any(s in text for _, text in named))
    yield "everyone, also in other accounts", "AWS", f"arn:aws:iam::{stranger}:role/stranger"
    for kind, value in sorted(named):
        if kind == "AWS" and value not in ("*", ""):
            owner = account_of(value) or (value if value.isdigit() else None)
            if owner is None:
                yield "a principal whose account can't be told", "", value
            elif account is not None and owner != account:
                yield f"account {owner}", kind, _someone(value, owner)
        elif kind == "Service":
            known = _SERVICE.fullmatch(value)
            yield f"{f'the service {value}' if known else 'a service'} on behalf of any account", kind, value
        elif kind not in ("AWS", "*"):
            yield f"a principal of kind {kind if kind in _KINDS else 'unknown'}", "", value


def _someone(value: str, owner: str) -> str:
    """A caller that a principal of another account stands for."""
    if ":assumed-role/" in value:
        return f"arn:aws:iam::{owner}:role/{value.split('/')[1]}"
    whole = value.isdigit() or value.endswith(":root")
    return f"arn:aws:iam::{owner}:role/stranger" if whole else value


def _asked(policy: Document, kind: str, caller: str, action: str, resource: str) -> Answer:
    request = Request(action=action, resource=resource, principal=caller, context=_context(kind, caller))
    if kind == "AWS":
        return identity([_ALL], request, resource_policy=policy).answer
    if kind == "Service":
        return resource_alone(policy, request, "resource policy").answer
    # No role, user nor service: it can't be asked for. That a statement names it is enough.
    named = any(s.allow and _names(s.principal, caller) for s in policy.aimed_at(action))
    return Answer.YES if named else Answer.NO


def _names(principals: Principals | None, value: str) -> bool:
    return principals is not None and any(value in values for values in principals.kinds.values())


def _context(kind: str, caller: str) -> dict[str, Any]:
    """What a caller from outside brings along. What it may choose itself stays unknown."""
    common = {"aws:SecureTransport": "true", "aws:PrincipalIsAWSService": "false"}
    if kind == "AWS":
        mine = {"aws:PrincipalArn": caller, "aws:PrincipalAccount": account_of(caller)}
        return {**common, **mine, "aws:PrincipalType": "AssumedRole"}
    return {
        **common,
        "aws:PrincipalArn": None,
        "aws:PrincipalAccount": None,
        "aws:PrincipalIsAWSService": "true",
        "aws:SourceAccount": _STRANGERS[0],
        "aws:SourceArn": f"arn:aws:sns:eu-central-1:{_STRANGERS[0]}:stranger",
    }
