"""The page of the rules has every rule, and says of Checkov what was found."""

from __future__ import annotations

import pytest

from docs.generator import beside, policies
from policies.guardrails.catalogue import ALL
from policies.guardrails.rule import AnyRule
from policies.guardrails.ways import BLIND, TITLES, not_seen

RULES = "\n".join(policies.rules())


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.id)
def test_every_rule_has_its_row(rule: AnyRule) -> None:
    (row,) = [line for line in RULES.splitlines() if line.startswith(f"| `{rule.id}` {rule.severity} |")]
    assert rule.remedy in row
    assert row.count("|") - row.count("\\|") == 6


def test_the_softened_rules_are_listed() -> None:
    rows = [line.split("`")[1] for line in policies.softened()[2:]]
    assert sorted(rows) == sorted(rule.id for rule in ALL if rule.softened)


def test_every_way_says_what_it_cannot_see() -> None:
    text = "\n".join(policies.ways())
    for way in BLIND:
        assert TITLES[way] in text
        assert all(f"`{rule}`" in text for rule in not_seen(ALL, way))


def test_what_checkov_found_is_of_rules_that_there_are_and_adds_up() -> None:
    found = beside.data()["rules"]
    assert set(found) <= {rule.id for rule in ALL}
    for rule, one in found.items():
        for kind in ("violating", "passing"):
            hit, shown, every = one[kind]
            assert 0 <= hit <= shown <= every, rule
        assert len(one["fails"]) == one["passing"][0], rule
        assert bool(one["by"]) == bool(one["violating"][0]), rule
