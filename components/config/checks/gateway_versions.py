"""What a gateway's version can do: methods and fields that came later are refused before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from components.config.gateways.methods import AUTH_PATH, BASE64, METHODS, OLDEST, Since, parsed
from components.config.gateways.model import Gateway, GatewayVault
from components.config.problem import Problem, shown
from components.config.stack import StackConfig

_KONG_PATH: Final = "kubernetes"
"""Kong's own kube_auth_path, and the only one before it had the field."""
_PARSED: Final = 4
"""Numbers of a whole version, such as 3.11.0.1."""
_DECODES_BY_ENVIRONMENT: Final = Since((3, 15))
"""vault_hcv_decode_base64 stands in kong.conf from 3.15 on."""


def check(config: StackConfig, key: str, gateway: Gateway) -> Iterator[Problem]:
    """Problems of one gateway's version."""
    if not OLDEST.met(gateway.version):
        yield Problem(
            key=f"{key}.version",
            got=shown(gateway.version),
            allowed=f"{OLDEST} or newer: of older gateways Kong says too little to derive their vaults",
            remedy="upgrade the gateway",
        )
        return
    for prefix, vault in gateway.vaults.items():
        yield from _method(key, gateway, f"{key}.vaults.{prefix}", vault)
        if vault.base64_decode:
            yield from _base64(key, gateway, prefix)
    if any(vault.auth.method == "kubernetes" for vault in gateway.vaults.values()):
        yield from _place(config, key, gateway)


def _method(key: str, gateway: Gateway, at: str, vault: GatewayVault) -> Iterator[Problem]:
    method = vault.auth.method
    since = METHODS[method].since
    if since.met(gateway.version):
        return
    usable = [name for name, row in METHODS.items() if row.since.met(gateway.version) and name != "token"]
    yield Problem(
        key=f"{at}.auth",
        got=shown(method),
        allowed=f"{', '.join(usable)}: {_since(method, since, key, gateway)}",
        remedy=f"upgrade the gateway, or use {usable[-1]}{_exactly(since, gateway)}",
    )


def _base64(key: str, gateway: Gateway, prefix: str) -> Iterator[Problem]:
    at = f"{key}.vaults.{prefix}.base64Decode"
    if not BASE64.met(gateway.version):
        yield Problem(
            key=at,
            got="true",
            allowed=f"false: {_since('base64Decode', BASE64, key, gateway)}; before, a data plane with it "
            "doesn't start",
            remedy=f"upgrade the gateway, or store values as they are{_exactly(BASE64, gateway)}",
        )
    elif gateway.environment_vault == prefix and not _DECODES_BY_ENVIRONMENT.met(gateway.version):
        yield Problem(
            key=at,
            got="true, for the vault of environmentVault",
            allowed=f"false: {_since('vault_hcv_decode_base64', _DECODES_BY_ENVIRONMENT, key, gateway)}",
            remedy="upgrade the gateway, or choose another environmentVault",
        )


def _place(config: StackConfig, key: str, gateway: Gateway) -> Iterator[Problem]:
    vault = config.facts.vault
    if vault is None or AUTH_PATH.met(gateway.version):
        return
    if vault.auth_mount != _KONG_PATH:
        yield Problem(
            key=f"{key}.version",
            got=shown(gateway.version),
            allowed=f"{AUTH_PATH}, for facts.vault.authMount {vault.auth_mount}: older gateways log in at "
            f"{_KONG_PATH} only",
            remedy=f"upgrade the gateway, or use approle or cert{_exactly(AUTH_PATH, gateway)}",
        )
    if vault.namespace:
        yield Problem(
            key=f"{key}.version",
            got=shown(gateway.version),
            allowed=f"{AUTH_PATH}, for facts.vault.namespace {vault.namespace}: older gateways don't log in "
            "inside of it",
            remedy=f"upgrade the gateway, or use approle or cert{_exactly(AUTH_PATH, gateway)}",
        )


def _since(what: str, since: Since, key: str, gateway: Gateway) -> str:
    return f"{what} since {since}; {key} runs {gateway.version}"


def _exactly(since: Since, gateway: Gateway) -> str:
    """A version without its patch counts as the line's first, which may be one patch too old."""
    line = parsed(gateway.version)[:2]
    short = gateway.version.count(".") < _PARSED - 1
    patched = any(patch[:2] == line for patch in since.backports)
    return "; write all four numbers of a newer patch" if short and patched else ""
