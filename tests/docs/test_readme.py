"""The README's pasted output is of this program."""

from __future__ import annotations

import re

import pytest

from docs.generator import facts
from docs.generator.graphs import graph
from policies.guardrails.catalogue import ALL
from tests.docs.pages import ROOT
from workload_secrets.access.derived import declaration_of
from workload_secrets.access.principals import actors
from workload_secrets.review.remark import CHECKS

README = (ROOT / "README.md").read_text("utf-8")


def test_the_resources_are_those_of_dev() -> None:
    count = len(graph("dev").resources)
    assert f"dev: up: {count} created" in README
    for line in (f"up: {count} created", f"up again: {count} unchanged", f"refresh: {count} unchanged"):
        assert f"\n  - {line}\n" in README
    assert f"destroy: {count} deleted; servers as before" in README


def test_the_table_has_the_secrets_and_principals_of_dev() -> None:
    declaration = declaration_of(graph("dev"))
    header = next(line for line in README.splitlines() if line.startswith("┃ principal"))
    assert [cell.strip() for cell in header.strip("┃").split("┃")][1:] == sorted(declaration.secrets)
    shown = re.findall(r"^│ (\S+)", README, re.MULTILINE)
    assert shown == [actor.name for actor in actors(declaration)][: len(shown)]


def test_the_summary_counts_every_cell_of_dev() -> None:
    declaration = declaration_of(graph("dev"))
    found = re.search(r"dev: (\d+) as declared granted, (\d+) refused by logins(?:; (\d+) unknown)?", README)
    assert found
    assert sum(int(number or 0) for number in found.groups()) == len(actors(declaration)) * len(
        declaration.secrets
    )


@pytest.mark.parametrize("part", ["openbao", "kubernetes-dev"])
def test_the_versions_are_the_pinned_ones(part: str) -> None:
    found = re.search(rf"\] {part} (\S+) at", README)
    assert found
    assert any(f"| {found.group(1)} |" in row for row in facts.versions())


def test_it_says_in_five_lines_what_it_is() -> None:
    lines = README.split("\n## ")[0].strip().splitlines()
    assert len([line for line in lines if line and not line.startswith("#")]) <= 5


def test_the_refusal_is_worded_as_the_rules_are() -> None:
    rules = {rule.id: rule for rule in (*ALL, *CHECKS)}
    shown = re.findall(r"^refused: (\S+) (\w+): (.+)$", README, re.MULTILINE)
    assert [rule for rule, _, _ in shown] == ["CHANGE-02", "IAM-08"]
    for rule, severity, title in shown:
        assert (severity, title) == (rules[rule].severity, rules[rule].title)
        assert f"    remedy: {rules[rule].remedy}\n" in README
