"""The four published documents, followed literally, are refused by the rules that they break."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml

from policies.guardrails.catalogue import ALL
from policies.guardrails.run import Finding
from tests.seeds.documents import FOLDER, NAMES, STACK, found, graph, text
from workload_secrets.graph.capture import capture
from workload_secrets.graph.errors import ProgramError
from workload_secrets.review.run import review, settings_of

BREAKS: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / "breaks.yaml").read_text("utf-8"))
LISTED = [(name, rule, place) for name in NAMES for rule, place in BREAKS[name]["listed"].items()]
BESIDE = [(name, rule, entry["resource"]) for name in NAMES for rule, entry in BREAKS[name]["beside"].items()]
TODAY = date(2026, 6, 1)


def of(name: str, rule: str) -> list[Finding]:
    return [finding for finding in found(name) if finding.rule.id == rule]


def test_every_document_has_its_list():
    assert sorted(BREAKS) == list(NAMES)
    assert len(NAMES) == 4


def test_the_documents_break_twenty_nine_rules_of_the_survey():
    assert len({rule for _, rule, _ in LISTED}) == 29


@pytest.mark.parametrize(("name", "rule", "resource"), LISTED)
def test_a_document_is_refused_by_what_the_survey_says_it_breaks(name: str, rule: str, resource: str):
    assert resource in {finding.name for finding in of(name, rule)}


@pytest.mark.parametrize(("name", "rule", "resource"), BESIDE)
def test_what_is_refused_beside_that_is_known_and_has_a_reason(name: str, rule: str, resource: str):
    assert resource in {finding.name for finding in of(name, rule)}
    assert BREAKS[name]["beside"][rule]["why"]


@pytest.mark.parametrize(
    ("rule", "resources"),
    [
        ("VKA-02", {"pmp-secret-accessor-role", "role-of-custom-account"}),
        ("VKA-03", {"pmp-secret-accessor-role", "role-of-custom-account"}),
        ("VKA-04", {"config", "config-by-reviewer"}),
    ],
)
def test_either_choice_of_mendix_s_page_about_vault_is_refused(rule: str, resources: set[str]):
    assert {finding.name for finding in of("pmp-vault", rule)} == resources


@pytest.mark.parametrize("name", NAMES)
def test_nothing_else_is_found_and_everything_is_decided(name: str):
    wanted = {*BREAKS[name]["listed"], *BREAKS[name]["beside"]}
    assert {finding.rule.id for finding in found(name)} == wanted
    assert {finding.outcome for finding in found(name)} == {"violation"}


@pytest.mark.parametrize("name", NAMES)
def test_a_first_preview_says_or_puts_off_what_the_document_breaks(name: str):
    seen = found(name, "preview")
    assert {finding.rule.id for finding in seen} >= set(BREAKS[name]["listed"])
    assert "violation" in {finding.outcome for finding in seen}


@pytest.mark.parametrize("rule", [rule for rule in ALL if rule.seed], ids=lambda rule: rule.id)
def test_a_rule_quotes_a_document_that_breaks_it(rule: Any):
    quoted = [name for name in NAMES if rule.seed in text(name)]
    assert quoted, "no transcript has this text"
    assert any(rule.id in BREAKS[name]["listed"] for name in quoted)


def test_the_rules_that_quote_a_document_are_those_of_the_survey():
    assert {rule.id for rule in ALL if rule.seed} == {rule for _, rule, _ in LISTED}


@pytest.mark.parametrize("name", NAMES)
def test_the_tool_refuses_the_document_too(name: str):
    """Its review sees marks of secrets, so META-01 alone may say less than in the engine."""
    settled = settings_of(FOLDER / name, graph(name))
    verdict = review(graph(name), settled, today=TODAY).verdict
    assert not verdict.passed
    assert {f.rule.id for f in verdict.refused} | {"META-01"} == {f.rule.id for f in found(name)} | {
        "META-01"
    }


@pytest.mark.parametrize(
    ("name", "what"), [("kong-vault", "`vault`: token"), ("vault-guide", "`postgres`: postgresql.password")]
)
def test_a_literal_credential_ends_the_capture_before_any_rule(name: str, what: str):
    with pytest.raises(ProgramError, match=what):
        capture(FOLDER / name, STACK)
