"""Every usage proof, in the order of the report."""

from __future__ import annotations

from typing import Final

from workload_secrets.access.usage import (
    agent,
    database,
    gateway_forms,
    handed,
    holders,
    jobs,
    keyring,
    kong,
    machines,
    objects,
    pki,
    pods,
    server,
    transit,
)
from workload_secrets.access.usage.context import Usage, UsageContext, UsageProof

PROOFS: Final[tuple[UsageProof, ...]] = (
    database.prove,
    pki.prove,
    transit.prove,
    objects.prove,
    pods.prove,
    agent.prove,
    machines.prove,
    handed.prove,
    holders.prove,
    jobs.prove,
    server.prove,
    kong.prove,
    gateway_forms.prove,
    keyring.prove,
)


def use_everything(context: UsageContext) -> Usage:
    """What all proofs have to say of one stack."""
    lines: list[str] = []
    problems: list[str] = []
    for prove in PROOFS:
        used = prove(context)
        lines += used.lines
        problems += used.problems
    return Usage(tuple(lines), tuple(problems))
