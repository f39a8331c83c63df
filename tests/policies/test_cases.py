"""Every rule against its data file: what it must find, let pass, and not be able to say."""

from __future__ import annotations

import pytest

from policies.guardrails.catalogue import ALL
from policies.guardrails.rule import AnyRule
from tests.policies.cases import FOLDER, KINDS, cases


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.id)
def test_a_rule_has_cases_of_every_kind(rule: AnyRule) -> None:
    found = cases(rule)
    for kind, least in KINDS.items():
        assert len([case for case in found if case.kind == kind]) >= least, kind


def test_every_data_file_is_a_rules() -> None:
    assert {file.stem for file in FOLDER.glob("*.yaml")} == {rule.id for rule in ALL}


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.id)
def test_a_rule_says_of_every_case_what_its_file_says(rule: AnyRule) -> None:
    assert [told for case in cases(rule) if (told := case.differs())] == []
