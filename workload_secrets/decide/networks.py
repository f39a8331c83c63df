"""Whether an address is in the networks that a role of Vault or OpenBao names."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any, cast

from workload_secrets.decide.answer import Decision, either
from workload_secrets.decide.claims import is_list, no, unknown, yes


def within(role: Mapping[str, Any], key: str, address: str | None) -> Decision:
    """`role` is a role's camelCase inputs, and `key` names its networks: none means anywhere.
    `address` None: the caller is anywhere."""
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
