"""The patched objects: do their pods run as the account that holds the rights?"""

from __future__ import annotations

from workload_secrets.access.observed import pods
from workload_secrets.access.usage.context import Usage, UsageContext


def prove(context: UsageContext) -> Usage:
    """One line for each object that the stack patches."""
    problems = pods.faults(context.declaration, context.graph, context.cluster)
    names = {problem.partition(":")[0] for problem in problems}
    lines = tuple(
        f"{name}: pods of {target.kind} {principal.namespace}/{target.name} run as "
        f"{principal.service_account}, with what was handed out"
        for name, principal, target in pods.patched(context.declaration)
        if name not in names
    )
    return Usage(lines, problems)
