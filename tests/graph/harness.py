"""Runs a case of the traps project in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workload_secrets.graph.model import Mode
from workload_secrets.graph.program import Invokes, Outcome, ProgramRequest, Realize, run_program

PROJECTS = Path(__file__).parent / "projects"
TRAPS = PROJECTS / "traps"
SMALL = PROJECTS / "small"


def run(
    case: str,
    realize: Realize | None = None,
    *,
    mode: Mode = "update",
    invokes: Invokes | None = None,
    **config: Any,
) -> Outcome:
    """The outcome of one case."""
    values = {"traps:case": case, **{f"traps:{key}": value for key, value in config.items()}}
    request = ProgramRequest(root=TRAPS, project="traps", stack="one", config=values, mode=mode)
    return run_program(request, realize, invokes=invokes)
