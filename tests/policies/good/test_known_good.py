"""What other hands make right has no finding, in whatever form they write it."""

from __future__ import annotations

import pytest

from policies.guardrails.catalogue import ALL
from policies.guardrails.rule import Rule
from policies.guardrails.run import Finding
from tests.policies import foreign
from tests.policies.good.known_good import data, findings, lists, programs, stack

EVERY = [*lists(), *programs()]


def told(found: tuple[Finding, ...]) -> list[str]:
    return [f"{f.rule.id} {f.outcome} {f.type}::{f.name} {f.path}: {f.text}" for f in found]


def test_there_are_twenty_variants_and_six_of_them_are_programs():
    assert len(EVERY) >= 20
    assert len(programs()) >= 6


@pytest.mark.parametrize("name", EVERY)
def test_a_variant_that_is_right_has_no_finding(name: str):
    assert told(findings(stack(name))) == []


@pytest.mark.parametrize("name", EVERY)
def test_nor_has_it_one_where_no_marks_are_told(name: str):
    assert told(foreign.findings(stack(name))) == []


@pytest.mark.parametrize("name", programs())
def test_a_first_preview_of_a_program_refuses_nothing(name: str):
    assert {f.outcome for f in findings(stack(name, "preview"))} <= {"not evaluable"}


def test_what_is_not_known_at_a_first_preview_is_told():
    found = findings(stack("irsa", "preview"))
    assert "IAM-02" in {f.rule.id for f in found}


@pytest.mark.parametrize("name", lists())
def test_a_variant_says_where_its_form_is_published(name: str):
    assert data(name)["from"].startswith("https://")


def test_every_rule_about_one_resource_looks_at_one_of_a_variant():
    types = {resource.type for name in EVERY for resource in stack(name).resources}
    single = [rule for rule in ALL if isinstance(rule, Rule) and "*" not in rule.types]
    assert [rule.id for rule in single if not types & set(rule.types)] == []
