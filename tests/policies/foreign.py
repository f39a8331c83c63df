"""Programs of other hands: run as the engine would, and judged as the pack would.

Our own capture takes only what our components make: it refuses a credential without a mark and
a type that it has no outputs for, before any rule looks. The engine takes both.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from policies.guardrails.catalogue import rules
from policies.guardrails.rule import Context
from policies.guardrails.run import Finding
from policies.guardrails.stack import Stack
from tests.policies.cases import TODAY
from workload_secrets.graph import checks, config, symbols
from workload_secrets.graph.model import Graph, Mode, Resource
from workload_secrets.graph.program import ProgramRequest, run_program

_ACCOUNT = "allowedAccountIds"


def graph(project: Path, stack: str, *, mode: Mode = "update", **settings: str) -> Graph:
    """What a project's program registers; `settings` are further keys of its configuration."""
    request = ProgramRequest.of(project, config.load(project, stack, settings), mode)
    realize = symbols.unknown if mode == "preview" else _realize
    with patch.object(checks, "refuse_resource"):
        return run_program(request, realize).check().graph


def findings(found: Stack) -> tuple[Finding, ...]:
    """Every finding as the pack has it in the engine, which tells it of no marks."""
    blind = [replace(r, secrets=None, retain_on_delete=None, depends_on=None) for r in found.resources]
    return rules().review(Stack(blind), Context(way="engine", tier="production", today=TODAY))


def _realize(resource: Resource) -> dict[str, Any]:
    if resource.type in symbols.TABLE or resource.type.startswith("kubernetes:"):
        return symbols.realize(resource)
    return {**resource.inputs, "id": f"symbol-{symbols.mark(resource)}", **_arn(resource)}


def _arn(resource: Resource) -> dict[str, str]:
    if resource.type != "aws:iam/policy:Policy":
        return {}
    account, name = resource.provider[_ACCOUNT][0], resource.inputs.get("name", resource.name)
    return {"arn": f"arn:aws:iam::{account}:policy/{name}"}
