"""Audit devices: enough of them, and only where the product takes them by its API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydantic.alias_generators import to_camel

from components.config import resolve
from components.config.audit import OPTIONS, REQUIRED, Audit
from components.config.facts import VaultFacts
from components.config.problem import Problem, shown
from components.config.stack import StackConfig

ENOUGH: Final = 2
"""Vault answers nothing while no device takes the entry, so one full disk would stop it.
https://developer.hashicorp.com/vault/docs/audit#blocked-audit-devices"""


def check(config: StackConfig) -> Iterator[Problem]:
    """Problems of shared.audit."""
    audit, vault = config.shared.audit, config.facts.vault
    if audit is None:
        return
    if not audit.devices and audit.manage == "create":
        yield Problem(
            key="shared.audit.devices",
            got="nothing",
            allowed="at least one device",
            remedy="declare a device, or remove shared.audit",
        )
    if vault is None or not resolve.vault_secrets(config):
        yield Problem(
            key="shared.audit",
            got=f"{len(audit.devices)} devices",
            allowed="audit devices in a stack that has facts.vault and secrets in Vault",
            remedy="declare them in the stack that configures Vault",
        )
    elif audit.manage == "create":
        yield from _product(vault)
        yield from _number(config, audit)
    yield from _options(audit)
    yield from _places(audit)


def _product(vault: VaultFacts) -> Iterator[Problem]:
    if vault.product == "openbao":
        yield Problem(
            key="shared.audit",
            got="devices to create on openbao",
            allowed="product vault: OpenBao refuses audit devices over its API",
            remedy="declare them in the server's own stack, in vaultServer.audit; here manage: existing",
        )
    elif vault.namespace:
        yield Problem(
            key="shared.audit",
            got=f"devices to create, in the Vault namespace {shown(vault.namespace)}",
            allowed="devices in a stack without facts.vault.namespace: they log the whole server",
            remedy="write manage: existing here, and create them in the stack of the root namespace",
        )


def _number(config: StackConfig, audit: Audit) -> Iterator[Problem]:
    if config.tier == "production" and len(audit.devices) < ENOUGH:
        yield Problem(
            key="shared.audit.devices",
            got=f"{len(audit.devices)}",
            allowed=f"at least {ENOUGH} in production: Vault stops where its only device can't write",
            remedy="add a device of another kind, such as stdout beside a file",
        )


def _options(audit: Audit) -> Iterator[Problem]:
    for name, device in audit.devices.items():
        key, own = f"shared.audit.devices.{name}", OPTIONS[device.type]
        for part in (part for part in REQUIRED[device.type] if getattr(device, part) is None):
            yield Problem(
                key=f"{key}.{part}",
                got="nothing",
                allowed=f"where a device of type {device.type} writes",
                remedy="add the key",
            )
        others = (part for parts in OPTIONS.values() for part in parts if part not in own)
        for part in (part for part in others if getattr(device, part) is not None):
            yield Problem(
                key=f"{key}.{to_camel(part)}",
                got=shown(getattr(device, part)),
                allowed=f"for type {device.type}: {', '.join(to_camel(part) for part in own)}",
                remedy="remove the key, or correct the type",
            )


def _places(audit: Audit) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name, device in audit.devices.items():
        place = device.model_dump_json(exclude={"description", "mode", "log_raw"}, exclude_none=True)
        if place in seen:
            yield Problem(
                key=f"shared.audit.devices.{name}",
                got=f"the place of {seen[place]}",
                allowed="a place that no other device writes to",
                remedy="give one of them another path or address",
            )
        seen.setdefault(place, name)
