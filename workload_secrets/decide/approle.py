"""Whether a role id and a secret id log in to an AppRole of Vault or OpenBao.

Semantics: hashicorp/vault builtin/credential/approle (path_login.go, path_role.go).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workload_secrets.decide.answer import Decision, both
from workload_secrets.decide.claims import no, unknown, yes
from workload_secrets.decide.networks import within

RoleId = tuple[str, str, str]
"""Vault namespace, auth mount and name of a role."""


@dataclass(frozen=True, kw_only=True)
class SecretIdClaims:
    """A secret id and where it is shown from. `role` is the role it was made for.

    `uses`: how often one of this role works (0: any number); `spent`: used that often,
    `expired`: past its end,
    `lost`: its wrapping token had been unwrapped by somebody else, so that there is nothing to
    show.
    """

    role: RoleId
    address: str
    uses: int = 1
    spent: bool = False
    expired: bool = False
    lost: bool = False


def approle_login(
    role: Mapping[str, Any], place: RoleId, shown: SecretIdClaims | None, *, address: str | None = None
) -> Decision:
    """Login with the role id of the role at `place`, which is taken to be known to everybody.

    `role` is the camelCase inputs of vault:appRole/authBackendRole. `shown` is None where no
    secret id is shown; then `address` says where the caller is (None: anywhere).
    """
    where = shown.address if shown else address
    bound = [
        within(role, "secretIdBoundCidrs", where),
        within(role, "tokenBoundCidrs", where),
    ]
    if role.get("bindSecretId") is False:
        if not role.get("secretIdBoundCidrs") and not role.get("tokenBoundCidrs"):
            return no("the server refuses a role that binds nothing")
        return both([yes("the role asks for no secret id, so its role id is enough"), *bound])
    if "bindSecretId" in role and role["bindSecretId"] is not True:
        return unknown("whether the role asks for a secret id is not known")
    return both([_secret_id(role, place, shown), *bound])


def _secret_id(role: Mapping[str, Any], place: RoleId, shown: SecretIdClaims | None) -> Decision:
    if shown is None or shown.lost:
        return no("the role asks for a secret id, and none is shown")
    if shown.role != place:
        return no("the secret id was made for another role")
    return both([_uses(role, shown), _age(role, shown), yes("the secret id is the role's")])


def _uses(role: Mapping[str, Any], shown: SecretIdClaims) -> Decision:
    if not shown.spent:
        return yes("the secret id has a use left")
    uses = role.get("secretIdNumUses", 0)
    if not isinstance(uses, int | float):
        return unknown("the role's secretIdNumUses is not known")
    return no("the secret id is used up") if uses else yes("the role's secret ids are never used up")


def _age(role: Mapping[str, Any], shown: SecretIdClaims) -> Decision:
    return no("the secret id has expired") if shown.expired else yes("the secret id has not expired")
