"""Reads and writes: that they name declared secrets, once, and that the panel can follow."""

from __future__ import annotations

from collections.abc import Iterator

from components import panel
from components.config.checks.principals import keyed
from components.config.problem import Problem, shown
from components.config.resolve import Principal, Use
from components.config.secrets import VERBS, Secret, StoreSecret
from components.config.stack import StackConfig
from components.config.workloads import Workload


def check(config: StackConfig) -> Iterator[Problem]:
    """Problems of every grant. A secret that nobody reads is fine."""
    for key, principal in keyed(config):
        part = "reads" if principal.kind == "workload" else "writes"
        yield from _declared(config, f"{key}.{part}", principal)
    yield from _nothing(config)
    for workload, reason in panel.conflicts(config):
        yield Problem(
            key=f"workloads.{workload}.reads",
            got=reason,
            allowed="each credential in one secret",
            remedy="name the keys of each secret in its uses, every key in one of them",
        )


def _nothing(config: StackConfig) -> Iterator[Problem]:
    for name, workload in config.workloads.items():
        of_gateway = any(gateway.workload == name for gateway in config.gateways.values())
        if "reads" not in workload.model_fields_set and not of_gateway:
            yield Problem(
                key=f"workloads.{name}.reads",
                got="nothing",
                allowed="a value, this key is required",
                remedy="add the key",
            )


def _declared(config: StackConfig, key: str, principal: Principal) -> Iterator[Problem]:
    seen: set[Use] = set()
    for use in principal.uses:
        name = use.secret
        if name not in config.secrets:
            wildcard = "; wildcards grant nothing here" if "*" in name else ""
            yield Problem(
                key=key,
                got=shown(name),
                allowed=f"declared secrets: {_listed(config)}{wildcard}",
                remedy="declare the secret in secrets, or correct the name",
            )
        elif use in seen:
            yield Problem(
                key=key, got=shown(name), allowed="each secret once", remedy="remove the second mention"
            )
        else:
            yield from _verbs(config.secrets[name], key, principal, use)
        seen.add(use)


def _verbs(secret: Secret, key: str, principal: Principal, use: Use) -> Iterator[Problem]:
    known = list(VERBS[secret.backend])
    identity = principal.identity
    if not isinstance(identity, Workload):
        if not isinstance(secret, StoreSecret):
            yield Problem(
                key=key,
                got=shown(use.secret),
                allowed="secrets of backend aws or vault",
                remedy=f"remove it: the {secret.backend} engine makes its values, nobody writes them",
            )
        return
    named = {grant.verb for grant in identity.reads if grant.secret == use.secret}
    if None in named and len(known) > 1:
        yield Problem(
            key=key,
            got=shown(use.secret),
            allowed=f"a verb of {secret.backend}: {', '.join(known)}",
            remedy=f"write {{secret: {use.secret}, verb: {known[0]}}}, one entry for each verb",
        )
    elif use.verb not in known:
        yield Problem(
            key=key,
            got=f"{shown(use.secret)} with verb {use.verb}",
            allowed=f"for {secret.backend}: {', '.join(known)}",
            remedy=f"write verb: {known[0]}",
        )


def _listed(config: StackConfig) -> str:
    names = sorted(config.secrets)
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
