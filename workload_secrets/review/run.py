"""Runs all rules over a graph, and says what that means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from policies.guardrails import settings
from policies.guardrails.catalogue import rules
from policies.guardrails.rule import Context, Way
from policies.guardrails.verdict import Settings, Verdict, verdict
from policies.guardrails.ways import not_seen
from workload_secrets.errors import InputError
from workload_secrets.graph.model import Graph
from workload_secrets.review.views import declared_of, stack_of

FOLDER = "policies"
"""Where the pack of a project stands, in its own folder."""


@dataclass(frozen=True, kw_only=True)
class Review:
    """All rules over all resources of a stack. `not_seen` are the rules that this way can't
    wholly see, with the reason."""

    stack: str
    rules: int
    resources: int
    verdict: Verdict
    not_seen: Mapping[str, str]


def settings_of(project: Path, graph: Graph) -> Settings:
    """The waivers and levels of a project, for a stack. Raises InputError."""
    try:
        return settings.read(project / FOLDER, stack=graph.stack)
    except settings.BadSettings as error:
        raise InputError(f"{FOLDER}/{error}") from None


def review(
    graph: Graph, given: Settings, *, today: date, way: Way = "monitor", base: Graph | None = None
) -> Review:
    """Reviews a graph. With `base`, access that its documents didn't grant is a violation."""
    declared = declared_of(graph)
    context = Context(
        way=way,
        tier="production" if declared is None else declared.get("tier", "production"),
        today=today,
        declared=declared,
        baseline=None if base is None else stack_of(base),
    )
    found = rules().review(stack_of(graph), context)
    return Review(
        stack=graph.stack,
        rules=len(given.rules),
        resources=len(graph.resources),
        verdict=verdict(found, given, context),
        not_seen=not_seen(given.rules, way),
    )
