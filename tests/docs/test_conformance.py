"""No step of a source document is left out, undone without a reason, or proven by a test that isn't there."""

from __future__ import annotations

import ast
from functools import cache

import pytest

from docs.generator.conformance import DOCUMENTS, proofs, rows
from tests.docs.pages import ROOT

STEPS = {
    "pmp-aws": (2, 5, 1, 12, 14, 2, 12, 11, 1, 9, 2),
    "pmp-vault": (4, 10, 4, 10, 6, 8, 20, 5, 2, 1, 2, 1, 6, 3, 1, 8, 2),
    "kong": (13, 5, 3, 11, 4, 9, 3, 2),
    "vault-guide": (6, 7, 6, 4, 10, 7, 4, 1),
}
"""How many steps each document has below each of its headings, counted in the documents by hand."""


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_step_of_a_document_stands_in_the_table_once(document: str):
    found = sorted((step for row in rows(document) for step in row.steps), key=_number)
    wanted = [
        f"{section}.{item}"
        for section, count in enumerate(STEPS[document], start=1)
        for item in range(1, count + 1)
    ]
    assert found == wanted


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_step_is_done_or_has_its_reason(document: str):
    for row in rows(document):
        assert row.asked, row.steps
        assert len(row.done.removeprefix("not ours: ")) > 3, row.steps


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_is_done_is_proven_by_a_test_that_exists(document: str):
    named = proofs(document)
    for row in rows(document):
        for step in row.steps:
            assert bool(named.get(step)) == row.ours, step
    known = {step for row in rows(document) for step in row.steps}
    assert set(named) <= known
    for test in {test for tests in named.values() for test in tests}:
        path, _, name = test.partition("::")
        assert name in functions(path), test


@cache
def functions(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def _number(step: str) -> tuple[int, int]:
    section, item = step.split(".")
    return int(section), int(item)
