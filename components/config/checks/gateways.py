"""Kong gateways: vaults that Kong takes and can log in for, with names that are theirs alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from components import naming
from components.config.checks import gateway_keyring, gateway_logins, gateway_references, gateway_versions
from components.config.errors import ConfigError
from components.config.gateways.methods import METHODS
from components.config.gateways.model import Gateway
from components.config.problem import Problem, shown, undeclared
from components.config.stack import StackConfig

TAGS_MAX: Final = 20
"""spec.tags of a KongVault (maxItems in configuration.konghq.com_kongvaults.yaml of
Kong/kubernetes-configuration)."""


def check(config: StackConfig) -> Iterator[Problem]:
    """Problems of every gateway by itself, then of two that share a name."""
    for name, gateway in config.gateways.items():
        key = f"gateways.{name}"
        yield from _delivery(config, key, gateway)
        yield from _vaults(config, key, gateway)
        yield from _environment(key, gateway)
        yield from gateway_versions.check(config, key, gateway)
        yield from gateway_logins.check(config, key, gateway)
        yield from gateway_references.check(config, key, gateway)
        yield from gateway_keyring.check(config, key, gateway)
    yield from _names(config)
    yield from _prefixes(config)


def _delivery(config: StackConfig, key: str, gateway: Gateway) -> Iterator[Problem]:
    workload = config.workloads.get(gateway.workload or "")
    if workload is not None and workload.delivery != "direct":
        yield Problem(
            key=f"{key}.workload",
            got=f"{shown(gateway.workload)}, with delivery {workload.delivery}",
            allowed="a workload with delivery direct: Kong logs in to Vault itself",
            remedy=f"remove delivery of workloads.{gateway.workload}",
        )


def _vaults(config: StackConfig, key: str, gateway: Gateway) -> Iterator[Problem]:
    if not gateway.vaults and gateway.keyring is None:
        yield Problem(
            key=f"{key}.vaults",
            got="nothing",
            allowed="at least one vault, or a keyring",
            remedy="declare what the gateway reads, or remove the gateway",
        )
    for prefix, vault in gateway.vaults.items():
        if vault.mount not in config.shared.kv_mounts:
            yield undeclared(f"{key}.vaults.{prefix}.mount", vault.mount, "kvMounts", config.shared.kv_mounts)
        if len(vault.tags) > TAGS_MAX:
            yield Problem(
                key=f"{key}.vaults.{prefix}.tags",
                got=f"{len(vault.tags)} tags",
                allowed=f"at most {TAGS_MAX}, as many as a KongVault takes",
                remedy="remove tags",
            )


def _environment(key: str, gateway: Gateway) -> Iterator[Problem]:
    prefix = gateway.environment_vault
    if prefix is not None and prefix not in gateway.vaults:
        yield Problem(
            key=f"{key}.environmentVault",
            got=shown(prefix),
            allowed=f"the prefix of one of its vaults: {', '.join(sorted(gateway.vaults)) or 'none'}",
            remedy="correct the name",
        )


def _names(config: StackConfig) -> Iterator[Problem]:
    """GATEWAY-PREFIX names the principal of a login that is no pod's, and every KongVault."""
    declared = {name: f"workloads.{name}" for name in config.workloads}
    declared |= {name: f"writers.{name}" for name in config.writers if name not in declared}
    seen: dict[str, str] = {}
    for gateway, prefix in _pairs(config):
        name, key = f"{gateway}-{prefix}", f"gateways.{gateway}.vaults.{prefix}"
        own = config.gateways[gateway].vaults[prefix].auth.identity is not None
        other = seen.get(name) or (declared.get(name) if own else None)
        if other:
            yield Problem(
                key=key,
                got=f"the name {shown(name)}, made of gateway and prefix",
                allowed="a name that nothing else has",
                remedy=f"{other} has it; rename one of the two",
            )
        seen.setdefault(name, key)
        if own:
            yield from _length(config, key, name)


def _length(config: StackConfig, key: str, name: str) -> Iterator[Problem]:
    try:
        naming.vault_policy_name(config.facts.cluster.name, name)
    except ConfigError as error:
        yield Problem(key=key, allowed="shorter names of cluster, gateway and vault", remedy=str(error))


def _prefixes(config: StackConfig) -> Iterator[Problem]:
    """The ingress controller's admission refuses a second KongVault of its class with the same
    prefix (internal/admission/validator.go of Kong/kubernetes-ingress-controller); in a control
    plane of Konnect the second would replace the first (kong/db/schema/entities/vaults.lua: unique)."""
    seen: dict[tuple[str, str], str] = {}
    for gateway, prefix in _pairs(config):
        key = f"gateways.{gateway}.vaults.{prefix}"
        for place in _places(config.gateways[gateway], prefix):
            if (place, prefix) in seen:
                yield Problem(
                    key=key,
                    got=f"the prefix {shown(prefix)} in {place} again",
                    allowed="a prefix once in each ingress class and control plane: Kong takes no second",
                    remedy=f"{seen[place, prefix]} has it; give one of the two another name",
                )
            seen.setdefault((place, prefix), key)


def _places(gateway: Gateway, prefix: str) -> Iterator[str]:
    """Where the vault of this prefix comes together with those of other gateways."""
    if gateway.ingress_class is not None and not METHODS[gateway.vaults[prefix].auth.method].secrets:
        yield f"ingress class {gateway.ingress_class}"
    if gateway.konnect is not None:
        yield f"control plane {gateway.konnect.control_plane}"


def _pairs(config: StackConfig) -> Iterator[tuple[str, str]]:
    return ((name, prefix) for name, gateway in config.gateways.items() for prefix in gateway.vaults)
