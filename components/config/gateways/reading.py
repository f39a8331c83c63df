"""What follows from the gateways of a stack: who logs in for each vault, and what it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from components.config.gateways.auth import KubernetesAuth
from components.config.gateways.model import ENVIRONMENT_PREFIX, Gateway, GatewayVault
from components.config.secrets import VaultSecret
from components.config.stack import StackConfig
from components.config.workloads import Grant, Workload
from workload_secrets.kong.reference import Reference, parse


@dataclass(frozen=True, kw_only=True)
class Meant:
    """A declared reference and the declared secret that it means; None where there is none."""

    text: str
    reference: Reference
    prefix: str
    vault: GatewayVault | None
    secret: str | None


def principal_name(gateway: str, prefix: str, of: Gateway) -> str:
    """Who logs in for a vault: the gateway's workload, or for a login that is no pod's a
    principal of its own, `GATEWAY-PREFIX`."""
    return of.workload or "" if _by_pod(of.vaults[prefix]) else f"{gateway}-{prefix}"


def logins(config: StackConfig) -> Mapping[str, tuple[str, str]]:
    """Gateway and prefix of each principal that a vault has of its own, by its name."""
    return {
        principal_name(name, prefix, gateway): (name, prefix)
        for name, gateway in config.gateways.items()
        for prefix, vault in gateway.vaults.items()
        if not _by_pod(vault)
    }


def readers(config: StackConfig) -> frozenset[str]:
    """The names of those who log in for vaults of gateways."""
    return frozenset(
        principal_name(name, prefix, gateway)
        for name, gateway in config.gateways.items()
        for prefix in gateway.vaults
    )


def workloads(config: StackConfig) -> Mapping[str, Workload]:
    """The declared workloads, then the principals that gateways have beside them. A name used
    by both stays the declared one's."""
    own = {
        name: _workload(config, gateway, prefix)
        for name, (gateway, prefix) in logins(config).items()
        if name not in config.workloads
    }
    return {**config.workloads, **own}


def read_by(config: StackConfig, workload: str) -> tuple[str, ...]:
    """The secrets that gateways read as this declared workload, once each."""
    found = (
        meant.secret
        for gateway in config.gateways.values()
        if gateway.workload == workload
        for meant in references(config, gateway)
        if meant.secret is not None and meant.vault is not None and _by_pod(meant.vault)
    )
    return tuple(dict.fromkeys(found))


def keyrings(config: StackConfig, workload: str) -> tuple[str, ...]:
    """The declared keyrings of gateways that run as this workload."""
    found = (g.keyring.secret for g in config.gateways.values() if g.workload == workload and g.keyring)
    return tuple(dict.fromkeys(secret for secret in found if secret in config.secrets))


def references(config: StackConfig, gateway: Gateway) -> Iterator[Meant]:
    """Every declared reference with what it means."""
    for text in gateway.references:
        reference = parse(text)
        environment = reference.prefix == ENVIRONMENT_PREFIX
        prefix = (gateway.environment_vault or "") if environment else reference.prefix
        vault = gateway.vaults.get(prefix)
        yield Meant(
            text=text,
            reference=reference,
            prefix=prefix,
            vault=vault,
            secret=_secret(config, vault, reference) if vault else None,
        )


def _secret(config: StackConfig, vault: GatewayVault, reference: Reference) -> str | None:
    for name, secret in config.secrets.items():
        if isinstance(secret, VaultSecret) and (secret.mount, secret.path) == (vault.mount, reference.path):
            return name
    return None


def _workload(config: StackConfig, name: str, prefix: str) -> Workload:
    gateway = config.gateways[name]
    vault = gateway.vaults[prefix]
    read = (m.secret for m in references(config, gateway) if m.prefix == prefix and m.secret is not None)
    made = Workload(
        vault_role=vault.vault_role,
        token_ttl_seconds=vault.token_ttl_seconds,
        token_max_ttl_seconds=vault.token_max_ttl_seconds,
        reads=tuple(Grant(secret=secret) for secret in dict.fromkeys(read)),
    )
    # Not by the constructor: no stack file may give a workload the identities of gateways alone.
    return made.model_copy(update={"identity": vault.auth.identity})


def _by_pod(vault: GatewayVault) -> bool:
    return isinstance(vault.auth, KubernetesAuth)
