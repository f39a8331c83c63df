"""Every rule against its data file: what it must find, let pass, and not be able to say."""

from __future__ import annotations

import pytest

from policies.guardrails.catalogue import ALL
from policies.guardrails.rule import AnyRule
from tests.policies.cases import FOLDER, KINDS, Case, cases, every


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.id)
def test_a_rule_has_cases_of_every_kind(rule: AnyRule) -> None:
    found = cases(rule)
    for kind, least in KINDS.items():
        assert len([case for case in found if case.kind == kind]) >= least, kind


def test_every_data_file_is_a_rules() -> None:
    assert {file.stem for file in FOLDER.glob("*.yaml")} == {rule.id for rule in ALL}


@pytest.mark.parametrize("case", every(), ids=lambda case: f"{case.rule.id}-{case.kind}-{case.name}")
def test_a_case_comes_out_as_it_says(case: Case) -> None:
    wanted = {"violating": {"violation"}, "passing": set(), "unknown": {"not evaluable"}}[case.kind]
    found = case.findings()
    assert {finding.outcome for finding in found} == wanted, [f.text for f in found]
    if case.says:
        assert any(case.says in f"{f.path} {f.text}" for f in found), [f.text for f in found]
