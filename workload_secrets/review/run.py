"""Runs all rules over a graph, and says what that means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from policies.guardrails import settings, waivers
from policies.guardrails.catalogue import ALL, rules
from policies.guardrails.rule import Context, Tier, Way, tier_of
from policies.guardrails.run import Finding
from policies.guardrails.verdict import Settings, Verdict, verdict
from policies.guardrails.waivers import Waiver
from policies.guardrails.ways import not_seen
from workload_secrets.errors import InputError
from workload_secrets.graph.model import Graph
from workload_secrets.review.remark import WAIVER, Remark
from workload_secrets.review.views import declared_of, stack_of

FOLDER: Final = "policies"
"""Where the pack of a project stands, in its own folder."""
WAIVERS: Final = f"{FOLDER}/waivers.yaml"
NEW_ACCESS: Final = "IAM-08"
"""The rule about access that the base doesn't have, which a reviewer may accept."""


@dataclass(frozen=True, kw_only=True)
class Review:
    """All rules over all resources of a stack. `rules` are the ids of those that ran.
    `not_seen` are the rules that this way can't wholly see, with the reason. `waivers` are
    those of this stack that are in force, used or not. `accepted` is new access that was
    accepted. `declared`: the stack says what it declares; else the rules are at their strictest."""

    stack: str
    tier: Tier
    declared: bool
    rules: tuple[str, ...]
    resources: int
    verdict: Verdict
    not_seen: Mapping[str, str]
    waivers: tuple[Waiver, ...]
    accepted: tuple[Finding, ...] = ()

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What is wrong with the waivers."""
        return tuple(Remark(rule=WAIVER, text=p, source=f"{WAIVERS}:1") for p in self.verdict.problems)


def settings_of(project: Path, graph: Graph) -> Settings:
    """The waivers and levels of a project, for a stack. Raises InputError."""
    try:
        return settings.read(project / FOLDER, stack=graph.stack)
    except settings.BadSettings as error:
        raise InputError(f"{FOLDER}/{error}") from None


def strictest(graph: Graph) -> Settings:
    """Without a project: no waivers, and every rule refuses."""
    return Settings(rules=ALL, stack=graph.stack)


def review(
    graph: Graph,
    given: Settings,
    *,
    today: date,
    way: Way = "monitor",
    base: Graph | None = None,
    accept_new_access: bool = False,
) -> Review:
    """Reviews a graph. With `base`, access that its documents didn't grant is a violation,
    unless it is accepted."""
    declared = declared_of(graph)
    context = Context(
        way=way,
        tier=tier_of(declared),
        today=today,
        declared=declared,
        baseline=None if base is None else stack_of(base),
    )
    found = verdict(rules().review(stack_of(graph), context), given, context)
    accepted = tuple(f for f in (*found.refused, *found.warned) if accept_new_access and _new_access(f))
    return Review(
        stack=graph.stack,
        tier=context.tier,
        declared=declared is not None,
        rules=tuple(sorted(rule.id for rule in given.rules)),
        resources=len(graph.resources),
        verdict=_without(found, accepted),
        not_seen=not_seen(given.rules, way),
        waivers=waivers.in_force(
            given.waivers, stack=given.stack, known={rule.id for rule in given.rules}, today=today
        ),
        accepted=accepted,
    )


def _new_access(finding: Finding) -> bool:
    """What couldn't be evaluated is never accepted: nobody knows what it hides."""
    return finding.rule.id == NEW_ACCESS and finding.outcome == "violation"


def _without(found: Verdict, accepted: tuple[Finding, ...]) -> Verdict:
    return replace(
        found,
        refused=tuple(f for f in found.refused if f not in accepted),
        warned=tuple(f for f in found.warned if f not in accepted),
    )
