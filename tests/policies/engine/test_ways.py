"""The engine, our monitor and exported state give the same findings on the same resources.

Every case of every rule is told to all three, violating, passing and unknown, and every rule
looks at each. What a way can't see is listed in `ways.BLIND`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from policies.engine import sentence
from policies.guardrails.catalogue import ALL
from policies.guardrails.rule import StackRule, Way
from policies.guardrails.run import Finding
from policies.guardrails.verdict import Settings
from policies.guardrails.ways import not_seen
from tests.policies.cases import Case, every
from tests.policies.engine import drive
from tests.policies.engine.drive import Engine
from tests.policies.engine.exported import export
from tests.policies.engine.planted import STACK, base_of, stack_of
from tests.policies.engine.server import Start, serving
from workload_secrets.graph.model import Graph
from workload_secrets.graph.state import from_state
from workload_secrets.review.run import review

OTHERS: tuple[Way, ...] = ("engine", "state")
STACK_WIDE = {rule.id: rule for rule in ALL if isinstance(rule, StackRule)}
Told = tuple[str, str, str]
"""A rule, the URN it is about, and all that the engine shows of the finding."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A case and what each way says of it, each finding as often as it was made."""

    case: Case
    graph: Graph
    ways: dict[Way, Counter[Told]]
    early: tuple[drive.Told, ...]
    """What an update is told of several resources before it makes them."""

    def lost(self, way: Way) -> list[Told]:
        """What a way doesn't find. A rule that can't judge ciphertext refuses all the same."""
        doubtful = {told[0] for told in self.ways[way] if encrypted(self, told)}
        missing = (self.ways["monitor"] - self.ways[way]).elements()
        return sorted(told for told in missing if told[0] not in doubtful)

    def added(self, way: Way) -> list[Told]:
        return sorted((self.ways[way] - self.ways["monitor"]).elements())


def encrypted(one: Compared, told: Told) -> bool:
    """Whether a finding is that ciphertext can't be judged."""
    return "not evaluable" in told[2] and any(r.secrets for r in one.graph.resources)


@cache
def compared() -> tuple[Compared, ...]:
    """All cases, told to one pack in one update. Those without a declaration come first: a pack
    that knows one keeps it."""
    start = Start(dry_run=False, stack=STACK)
    with serving(start) as server, TemporaryDirectory() as folder:
        engine, file = Engine(server, start), Path(folder) / "state.json"
        cases = sorted(every(), key=lambda case: case.context.declared is not None)
        return tuple(_compared(engine, file, number, case) for number, case in enumerate(cases))


def _compared(engine: Engine, file: Path, number: int, case: Case) -> Compared:
    graph = stack_of(case, number)
    said = engine.run(graph, remediates=False)
    early = tuple(one for one in said.mandatory if one.rule in STACK_WIDE and one.policy == "guardrails")
    return Compared(
        case=case,
        graph=graph,
        early=early,
        ways={
            "engine": Counter((one.rule, one.urn, one.text) for one in said.mandatory if one not in early),
            "monitor": Counter(_reviewed(graph, "monitor", base_of(case, number))),
            "state": Counter(_reviewed(from_state(export(graph, file)), "state")),
        },
    )


def _reviewed(graph: Graph, way: Way, base: Graph | None = None) -> Iterator[Told]:
    today = datetime.now(UTC).date()
    found = review(graph, Settings(rules=ALL, stack=STACK), today=today, way=way, base=base)
    return (_told(finding) for finding in found.verdict.refused)


def _told(finding: Finding) -> Told:
    return finding.rule.id, finding.urn, sentence(finding)


def settled(way: Way) -> Iterator[Compared]:
    """What a way is ever given: state holds nothing that isn't known."""
    for one in compared():
        if way != "state" or not any(r.unknowns for r in one.graph.resources):
            yield one


@pytest.mark.parametrize("way", OTHERS)
def test_a_way_finds_what_our_monitor_finds_but_for_what_it_cannot_see(way: Way):
    unseen = not_seen(ALL, way)
    lost = [
        f"{one.case.rule.id} {one.case.name}: {told[2]}"
        for one in settled(way)
        for told in one.lost(way)
        if told[0] not in unseen
    ]
    assert lost == []


def test_the_engine_adds_only_secrets_whose_mark_it_does_not_see():
    added = [(one, told) for one in settled("engine") for told in one.added("engine")]
    assert {told[0] for _, told in added} == {"META-01"}
    assert all(any(r.secrets for r in one.graph.resources) for one, _ in added)


def test_state_adds_only_that_ciphertext_cannot_be_judged():
    added = [(one, told) for one in settled("state") for told in one.added("state")]
    assert [told[2] for one, told in added if not encrypted(one, told)] == []


@pytest.mark.parametrize("way", OTHERS)
def test_every_rule_that_a_way_is_said_not_to_see_loses_something_there(way: Way):
    """So the table of what isn't seen holds no rule that is."""
    assert {told[0] for one in settled(way) for told in one.lost(way)} == set(not_seen(ALL, way))


def test_every_rule_finds_something_in_the_engine():
    refused = {told[0] for one in compared() for told in one.ways["engine"]}
    assert refused >= {rule.id for rule in ALL} - {"IAM-08"}  # which compares with a base


def test_what_is_compared_is_no_small_sample():
    assert sum(one.ways["monitor"].total() for one in compared()) > 4_000


def ends(one: Compared) -> set[tuple[str, str]]:
    """What rules about several resources say at the end, by the resource that it is about."""
    return {
        (rule, urn) for rule, urn, text in one.ways["engine"] if rule in STACK_WIDE and "violation" in text
    }


def about(one: Compared, told: drive.Told) -> str:
    """The URN of the resource that a finding is about, which may be another than it is told at."""
    named = re.search(r" of dev::(\S+?)::([^:\s]+): ", told.text)
    urns = [r.urn for r in one.graph.resources if named and (r.type, r.name) == named.groups()]
    return urns[0] if urns else told.urn


def test_what_is_refused_before_it_is_made_is_refused_at_the_end_too():
    lone = [
        f"{one.case.rule.id} {one.case.name}: {told.text}"
        for one in settled("engine")
        for told in one.early
        if not one.graph.resources or (told.rule, about(one, told)) not in ends(one)
        if not any(r.unknowns for r in one.graph.resources)
    ]
    assert lone == []


@pytest.mark.parametrize("rule", [rule.id for rule in STACK_WIDE.values() if rule.late is None])
def test_a_rule_that_leaves_nothing_to_the_end_refuses_before_anything_is_made(rule: str):
    """In an engine's order, over gRPC, each case at the last resource that it takes."""
    found = [one for one in compared() if one.case.rule.id == rule and one.case.kind == "violating"]
    assert len(found) >= 3
    late = [
        f"{one.case.name}: {urn}"
        for one in found
        for id_, urn in ends(one)
        if id_ == rule and urn not in {about(one, told) for told in one.early if told.rule == rule}
    ]
    assert late == []
