"""Reads and writes: that they name declared secrets, once, and that the panel can follow."""

from __future__ import annotations

from collections.abc import Iterator

from components import panel
from components.config.checks.principals import keyed
from components.config.problem import Problem, shown
from components.config.stack import StackConfig


def check(config: StackConfig) -> Iterator[Problem]:
    """Problems of every grant. A secret that nobody reads is fine."""
    for key, principal in keyed(config):
        part = "reads" if principal.kind == "workload" else "writes"
        names = principal.reads if principal.kind == "workload" else principal.writes
        yield from _declared(config, f"{key}.{part}", names)
    for workload, reason in panel.conflicts(config):
        yield Problem(
            key=f"workloads.{workload}.reads",
            got=reason,
            allowed="each credential in one secret",
            remedy="name the keys of each secret in its uses, every key in one of them",
        )


def _declared(config: StackConfig, key: str, names: tuple[str, ...]) -> Iterator[Problem]:
    seen: set[str] = set()
    for name in names:
        if name not in config.secrets:
            wildcard = "; wildcards grant nothing here" if "*" in name else ""
            yield Problem(
                key=key,
                got=shown(name),
                allowed=f"declared secrets: {_listed(config)}{wildcard}",
                remedy="declare the secret in secrets, or correct the name",
            )
        elif name in seen:
            yield Problem(
                key=key, got=shown(name), allowed="each secret once", remedy="remove the second mention"
            )
        seen.add(name)


def _listed(config: StackConfig) -> str:
    names = sorted(config.secrets)
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
