"""How a gateway logs in: where Kong looks, with a token that Vault takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic.alias_generators import to_camel

from components import flavours
from components.config import resolve
from components.config.gateways.auth import SERVICE_ACCOUNT_TOKEN, KubernetesAuth, TokenAuth
from components.config.gateways.model import Gateway, GatewayVault
from components.config.problem import Problem, shown
from components.config.stack import StackConfig

FIXED_MOUNTS: Final[Mapping[str, str]] = {"cert": "cert", "oauth2": "jwt"}
"""Where Kong logs in by methods whose path it has no field for (app/gateway/vault/hashicorp.md)."""
_OF_LOGINS: Final = ("vault_role", "token_ttl_seconds", "token_max_ttl_seconds")


def check(config: StackConfig, key: str, gateway: Gateway) -> Iterator[Problem]:
    """Problems of every vault's login."""
    for prefix, vault in gateway.vaults.items():
        at = f"{key}.vaults.{prefix}"
        yield from _mount(at, vault)
        if isinstance(vault.auth, TokenAuth):
            yield from _handed(config, at, vault)
        if isinstance(vault.auth, KubernetesAuth):
            yield from _own_role(at, gateway, vault)
            yield from token_file(config, f"{at}.auth.tokenFile", gateway, vault.auth.token_file)


def token_file(config: StackConfig, key: str, gateway: Gateway, file: str | None) -> Iterator[Problem]:
    """Kong takes what stands in the file, and the default file has the cluster's own audience:
    another audience needs a projected token, and the other way round. None is the default."""
    principal = resolve.principals(config).get(gateway.workload or "")
    own = flavours.api_audience(config.facts.cluster)
    if principal is None or not principal.is_pod or own is None:
        return
    workload, wanted = f"workloads.{principal.name}", principal.vault_audience
    other = wanted != own
    default = file in (None, SERVICE_ACCOUNT_TOKEN)
    if other and default:
        yield Problem(
            key=key,
            got="nothing, so the default token",
            allowed=f"the file of a projected token: {workload} has vaultAudience {wanted}, the default "
            f"token {own}",
            remedy="write tokenFile and mount such a token there (the output delivery has the volume), or "
            "remove vaultAudience",
        )
    elif not other and not default:
        yield Problem(
            key=key,
            got=shown(file),
            allowed=f"{SERVICE_ACCOUNT_TOKEN}: {workload} has the cluster's own audience, as that token has",
            remedy=f"remove the key, or give {workload} a vaultAudience of its own",
        )


def _mount(at: str, vault: GatewayVault) -> Iterator[Problem]:
    fixed = FIXED_MOUNTS.get(vault.auth.method)
    mount = getattr(vault.auth, "auth_mount", fixed)
    if fixed is not None and mount != fixed:
        yield Problem(
            key=f"{at}.auth.authMount",
            got=shown(mount),
            allowed=f"{fixed}: Kong has no field for the path of this method",
            remedy="remove the key",
        )


def _handed(config: StackConfig, at: str, vault: GatewayVault) -> Iterator[Problem]:
    if config.tier == "production":
        yield Problem(
            key=f"{at}.auth",
            got=shown("token"),
            allowed="a login, in tier production: a token is a password that nobody checks and no "
            "login renews",
            remedy="use kubernetes where the gateway runs in the cluster, else cert or approle",
        )
    for name in ("token_ttl_seconds", "token_max_ttl_seconds"):
        if name in vault.model_fields_set:
            yield Problem(
                key=f"{at}.{to_camel(name)}",
                got=shown(getattr(vault, name)),
                allowed="nothing with token: there is no login, and the token itself lives auth.lifeSeconds",
                remedy="remove the key, and write auth: {method: token, lifeSeconds: …} for another life",
            )


def _own_role(at: str, gateway: Gateway, vault: GatewayVault) -> Iterator[Problem]:
    for name in _OF_LOGINS:
        if name in vault.model_fields_set:
            yield Problem(
                key=f"{at}.{to_camel(name)}",
                got=shown(getattr(vault, name)),
                allowed="nothing with kubernetes: the gateway logs in as its workload",
                remedy=f"write it in workloads.{gateway.workload or 'NAME'}",
            )
