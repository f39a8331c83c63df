"""What a token made by a token role of Vault or OpenBao is good for.

Semantics: hashicorp/vault vault/token_store.go (handleCreateCommon), and tried with OpenBao
2.7.2. A token is no login: it is used as it is, with the policies that it was made with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from workload_secrets.decide.answer import Answer, Decision, both
from workload_secrets.decide.approle import RoleId
from workload_secrets.decide.claims import glob, is_list, no, unknown, yes
from workload_secrets.decide.networks import within

_LISTS: Final = (
    "allowedPolicies",
    "allowedPoliciesGlobs",
    "disallowedPolicies",
    "disallowedPoliciesGlobs",
)
DEFAULT: Final = "default"


@dataclass(frozen=True, kw_only=True)
class HandedToken:
    """A token and where it is shown from (None: anywhere). `role` is the role it was made by.

    `expired`: past its end; `revoked`: ended before; `lost`: its wrapping token had been
    unwrapped by somebody else, so that there is nothing to show.
    """

    role: RoleId
    address: str | None = None
    expired: bool = False
    revoked: bool = False
    lost: bool = False


def token_use(role: Mapping[str, Any], place: RoleId, shown: HandedToken | None) -> Decision:
    """Whether a token is one of the role at `place`, and good. `role` is the camelCase inputs of
    vault:tokenauth/authBackendRole; `shown` is None where there is no token."""
    if shown is None or shown.lost:
        return no("no token is shown")
    if shown.role != place:
        return no("the token was made by another role")
    if shown.expired or shown.revoked:
        return no(f"the token {'has expired' if shown.expired else 'is revoked'}")
    return both([within(role, "tokenBoundCidrs", shown.address), yes("the token is the role's")])


def carries(role: Mapping[str, Any], policy: str) -> Decision:
    """Whether a token of the role can be made with a policy, if whoever makes it asks for that.

    Unknown where the role says nothing of policies: then it has the maker's, or some of them.
    """
    lists = {key: _patterns(role, key) for key in _LISTS}
    disallowed = (
        _among(lists["disallowedPolicies"], policy, exact=True),
        _among(lists["disallowedPoliciesGlobs"], policy),
    )
    if Answer.YES in disallowed:
        return no(f"the role disallows {policy}")
    if all(found == () for found in lists.values()):
        return unknown("the role names no policies: a token has those of whoever makes it")
    if Answer.UNKNOWN in disallowed:
        return unknown("the policies that the role disallows are not known")
    return _allowed(lists, policy)


def usual(role: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The policies of a token whose maker asks for none; None where they aren't known, or are
    the maker's own."""
    lists = {key: _patterns(role, key) for key in _LISTS}
    allowed = lists["allowedPolicies"]
    if allowed is None or lists["allowedPoliciesGlobs"] is None:
        return None
    if not allowed and not lists["allowedPoliciesGlobs"]:
        return None
    without = role.get("tokenNoDefaultPolicy") is True or carries(role, DEFAULT).answer is Answer.NO
    return tuple(dict.fromkeys(allowed if without else (*allowed, DEFAULT)))


def _allowed(lists: Mapping[str, tuple[str, ...] | None], policy: str) -> Decision:
    exact, wide = lists["allowedPolicies"], lists["allowedPoliciesGlobs"]
    if exact == () and wide == ():
        return yes(f"the role allows every policy that it doesn't disallow, so {policy} too")
    if exact is not None and policy in (*exact, DEFAULT):
        return yes(f"the role allows {policy}")
    matched = _among(wide, policy)
    if matched is Answer.YES:
        return yes(f"a pattern of the role's policies fits {policy}")
    if exact is None or matched is Answer.UNKNOWN:
        return unknown("the policies that the role allows are not known")
    return no(f"the role doesn't allow {policy}")


def _among(patterns: tuple[str, ...] | None, policy: str, *, exact: bool = False) -> Answer:
    if patterns is None:
        return Answer.UNKNOWN
    found = policy in patterns if exact else any(glob(pattern, policy) for pattern in patterns)
    return Answer.YES if found else Answer.NO


def _patterns(role: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    """None where they aren't known. Servers keep the names of policies in lower case."""
    found = role.get(key)
    if found is None:
        return ()
    if not is_list(found):
        return None
    names = cast("Sequence[object]", found)
    if not all(isinstance(name, str) for name in names):
        return None
    return tuple(str(name).strip().lower() for name in names)
