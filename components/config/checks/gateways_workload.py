"""The workload of a gateway: declared, a pod's, and there where something needs a pod."""

from __future__ import annotations

from collections.abc import Iterator

from components.config.gateways.auth import KubernetesAuth
from components.config.gateways.model import Gateway
from components.config.identity import KubernetesIdentity
from components.config.problem import Problem, shown
from components.config.stack import StackConfig


def check(config: StackConfig) -> Iterator[Problem]:
    """Problems of gateways.*.workload."""
    for name, gateway in config.gateways.items():
        key, workload = f"gateways.{name}.workload", gateway.workload
        if workload is None:
            yield from _needed(key, gateway)
        elif workload not in config.workloads:
            yield Problem(
                key=key,
                got=shown(workload),
                allowed=f"a key of workloads: {', '.join(sorted(config.workloads)) or 'none is declared'}",
                remedy="declare the gateway's pods in workloads, or correct the name",
            )
        elif not isinstance(config.workloads[workload].identity, KubernetesIdentity):
            yield Problem(
                key=key,
                got=f"{shown(workload)}, which is no pod",
                allowed="a workload of pods",
                remedy="remove the key: a gateway that runs elsewhere has none",
            )


def _needed(key: str, gateway: Gateway) -> Iterator[Problem]:
    by_pod = [prefix for prefix, vault in gateway.vaults.items() if isinstance(vault.auth, KubernetesAuth)]
    if by_pod or gateway.keyring:
        what = f"vault {by_pod[0]} logs in" if by_pod else "the keyring is read"
        yield Problem(
            key=key,
            got="nothing",
            allowed=f"the workload of the gateway's pods: {what} with their token",
            remedy="name it, or choose another auth" if by_pod else "name it, or remove the keyring",
        )
