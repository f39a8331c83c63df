"""Whom a Principal element names.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from enum import Enum

from workload_secrets.decide.answer import Answer
from workload_secrets.decide.statements import Principals

_ROOT = re.compile(r"arn:[a-z-]+:iam::(\d{12}):root")
_SESSION = re.compile(r"arn:[a-z-]+:sts::(\d{12}):assumed-role/([^/]+)/.+")


class Named(Enum):
    """How a statement names the caller: itself (or everyone), or only its account."""

    DIRECTLY = "directly"
    BY_ACCOUNT = "by account"
    NOT = "not"
    UNKNOWN = "unknown"


def account_of(arn: str) -> str | None:
    """The account field of an ARN; None where it has none."""
    fields = arn.split(":", 5)
    return fields[4] if len(fields) == 6 and fields[4].isdigit() else None


def named(principals: Principals | None, caller: str) -> Named:
    """How the element names `caller`: a role, user or OIDC provider ARN, or a service."""
    if principals is None:
        return Named.NOT
    found = {_one(kind, value, caller) for kind, values in principals.kinds.items() for value in values}
    order = (Named.DIRECTLY, Named.BY_ACCOUNT, Named.UNKNOWN, Named.NOT)
    best = next((o for o in order if o in found), Named.NOT)
    if not principals.inverted or best is Named.UNKNOWN:
        return best
    return Named.DIRECTLY if best is Named.NOT else Named.NOT


def answer(how: Named, *, allow: bool) -> Answer:
    """Whether the statement applies. An Allow for the account only delegates to it."""
    if how is Named.UNKNOWN:
        return Answer.UNKNOWN
    applies = how is Named.DIRECTLY or (how is Named.BY_ACCOUNT and not allow)
    return Answer.YES if applies else Answer.NO


def _one(kind: str, value: str | None, caller: str) -> Named:
    if kind == "*":
        return Named.UNKNOWN if value is None else Named.DIRECTLY
    if kind == "AWS":
        return _aws(value, caller)
    if kind in ("Federated", "Service"):
        mine = (":oidc-provider/" in caller) if kind == "Federated" else not caller.startswith("arn:")
        if not mine:
            return Named.NOT
        if value is None:
            return Named.UNKNOWN
        return Named.DIRECTLY if value == caller else Named.NOT
    return Named.NOT


def _aws(value: str | None, caller: str) -> Named:
    if ":oidc-provider/" in caller or not caller.startswith("arn:"):
        return Named.NOT
    if value is None:
        return Named.UNKNOWN
    if value in ("*", caller):
        return Named.DIRECTLY
    account = account_of(caller)
    root = _ROOT.fullmatch(value)
    if (root and root.group(1) == account) or (value.isdigit() and value == account):
        return Named.BY_ACCOUNT
    session = _SESSION.fullmatch(value)
    if session and session.group(1) == account and caller.endswith(f"/{session.group(2)}"):
        return Named.UNKNOWN
    return Named.NOT
