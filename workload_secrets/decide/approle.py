"""Whether a role id and a secret id log in to an AppRole of Vault or OpenBao.

Semantics: hashicorp/vault builtin/credential/approle (path_login.go, path_role.go).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from workload_secrets.decide.answer import Decision, both, either
from workload_secrets.decide.claims import is_list, no, unknown, yes

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
        _within(role, "secretIdBoundCidrs", where),
        _within(role, "tokenBoundCidrs", where),
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


def _within(role: Mapping[str, Any], key: str, address: str | None) -> Decision:
    bound = role.get(key)
    if bound is None or bound == []:
        return yes(f"the role has no {key}")
    if not is_list(bound):
        return unknown(f"the role's {key} is not known")
    return either([_in(network, key, address) for network in cast("Sequence[Any]", bound)])


def _in(network: object, key: str, address: str | None) -> Decision:
    if not isinstance(network, str):
        return unknown(f"one of the role's {key} is not known")
    if address is None:
        return unknown(f"the role has {key}, and where the caller is isn't known")
    try:
        inside = ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return unknown(f"one of the role's {key} is no network")
    return yes(f"the address is in {key}") if inside else no(f"the address is not in {key}")
