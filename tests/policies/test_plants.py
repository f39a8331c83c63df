"""A planted violation of any rule ends `preview` with 3, and its finding names rule, resource,
source line and remedy; where the configuration refuses it first, the message names the rule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from components.config import reviewed
from policies.guardrails.catalogue import ALL
from policies.guardrails.run import UNDECIDED
from tests.policies.plants.read import Plant, plants
from tests.proof.previews import Previews, planted, stack_argument
from tests.proof.scratch import ROOT, Run
from workload_secrets.errors import Exit

PLANTS = plants()
REMEDIES = {rule.id: rule.remedy for rule in ALL}
RULES = {*REMEDIES, UNDECIDED}
SAMPLE = next(plant for plant in PLANTS if plant.rule == "SM-01")


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Previews]:
    made = Previews(tmp_path_factory.mktemp("planted") / "copy")
    yield made
    made.close()


def test_every_rule_is_planted() -> None:
    assert {plant.rule for plant in PLANTS} == RULES
    assert len({str(plant) for plant in PLANTS}) == len(PLANTS)


def test_a_planted_text_stands_exactly_once() -> None:
    edits = [(str(plant), edit) for plant in PLANTS for edit in plant.edits]
    counted = [(name, (ROOT / edit.file).read_text("utf-8").count(edit.find)) for name, edit in edits]
    assert [(name, count) for name, count in counted if count != 1] == []


def test_the_rules_that_a_stack_file_names_are_rules() -> None:
    assert {rule for rules in reviewed.RULES.values() for rule in rules} <= set(REMEDIES)


@pytest.mark.sandbox  # no servers, but three minutes of previews: too long for the quick tests
@pytest.mark.parametrize("plant", PLANTS, ids=str)
def test_a_planted_violation_is_refused_by_its_rule(plant: Plant, runner: Previews) -> None:
    stack = stack_argument(runner.copy.folder, plant.stack)
    run = runner.preview(stack, plant.edits, base=plant.base)
    assert run.code == plant.exit, f"exit {run.code}\n{run.out[-1500:]}\n{run.err[-3000:]}"
    if plant.exit == Exit.INPUT:
        assert re.search(rf"\b{plant.rule}\b", run.err), run.err
        assert plant.says in run.err
    elif plant.ends:
        assert_ends_in_words(plant, run)
    else:
        assert_found(plant, run)


def assert_ends_in_words(plant: Plant, run: Run) -> None:
    """The program ended; its one message has all that a finding has."""
    start = rf"error: {re.escape(plant.declared_in)}:\d+: [A-Z0-9, -]*{plant.rule}\b"
    assert re.search(start, run.err), run.err
    assert f"`{plant.resource}`" in run.err
    assert plant.says in run.err


def assert_found(plant: Plant, run: Run) -> None:
    found = [finding for finding in _refused(run.json) if plant.rule in _rules(finding)]
    ours = [finding for finding in found if finding["resource"].endswith(f"::{plant.resource}")]
    assert ours, f"{plant.rule} is not refused of {plant.resource}: {found or _refused(run.json)}"
    told = [finding for finding in ours if plant.says in finding["text"]]
    assert told, f"not said: {[finding['text'] for finding in ours]}"
    finding = told[0]
    assert finding["outcome"] == plant.outcome
    assert re.fullmatch(rf"{re.escape(plant.declared_in)}:\d+", finding["source"]), finding["source"]
    assert finding["remedy"] == REMEDIES[finding["rule"]]


def _refused(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return data.get("review", data)["refused"]


def _rules(finding: Mapping[str, Any]) -> set[str]:
    """Its own, and the one that its text names, which is about what can't be decided."""
    return {finding["rule"]} | ({UNDECIDED} if f"({UNDECIDED})" in finding["text"] else set())


def test_the_command_shows_rule_resource_source_line_and_remedy(runner: Previews) -> None:
    """The same by the command itself, in a process of its own, as text."""
    stack = stack_argument(runner.copy.folder, SAMPLE.stack)
    with planted(runner.copy, SAMPLE.edits):
        run = runner.copy.run("preview", stack)
    assert run.code == Exit.POLICY, run.err
    for part in ("SM-01", SAMPLE.resource, f"{SAMPLE.declared_in}:", REMEDIES["SM-01"]):
        assert part in run.out
