"""Variants by other hands that are right: programs of `programs/`, and resources of data files.

from: https://…           # the page that has this form
resources: []             # as in the rules' cases
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from policies.guardrails.catalogue import rules
from policies.guardrails.rule import Context
from policies.guardrails.run import Finding
from policies.guardrails.stack import Stack
from tests.policies import cases, foreign
from workload_secrets.graph.model import Mode
from workload_secrets.review.views import stack_of

FOLDER = Path(__file__).parent
PROGRAMS = FOLDER / "programs"
SHARED = ("__main__", "common")
STACK = "good"


def programs() -> list[str]:
    """The names of all programs."""
    return sorted(file.stem for file in PROGRAMS.glob("*.py") if file.stem not in SHARED)


def lists() -> list[str]:
    """The names of all data files."""
    return sorted(file.stem for file in FOLDER.glob("*.yaml"))


@cache
def stack(name: str, mode: Mode = "update") -> Stack:
    """The resources of a variant."""
    if (FOLDER / f"{name}.yaml").exists():
        return listed(data(name))
    return stack_of(foreign.graph(PROGRAMS, STACK, mode=mode, **{"good:variant": name}))


def listed(found: dict[str, Any]) -> Stack:
    """The resources of a data file."""
    return Stack(cases.resource(given) for given in found["resources"])


def data(name: str) -> dict[str, Any]:
    """What a data file says."""
    return cases.read(FOLDER / f"{name}.yaml")


def findings(found: Stack) -> tuple[Finding, ...]:
    """Every finding of a production stack that declares nothing."""
    return rules().review(found, Context(way="monitor", tier="production", today=cases.TODAY))
