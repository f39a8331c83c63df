from __future__ import annotations

import json
from dataclasses import replace

import pytest

from workload_secrets.access import report
from workload_secrets.access.compare import compare
from workload_secrets.access.declared import declared
from workload_secrets.access.derived import declaration_of, derived
from workload_secrets.access.matrix import Cell, Matrix
from workload_secrets.access.proof import Proof
from workload_secrets.access.report import render
from workload_secrets.decide.answer import Answer
from workload_secrets.graph.model import Graph


def proof(graph: Graph, *cells: Cell) -> Proof:
    """Everything observed as declared, but for these cells."""
    wanted = declared(declaration_of(graph))
    places = {cell.place for cell in cells}
    observed = Matrix.of([*(c for c in wanted if c.place not in places), *cells])
    return Proof(
        stack="dev",
        declaration=declaration_of(graph),
        derived=derived(graph),
        observed=observed,
        not_enforced=("a thing",),
    )


def test_as_declared_has_only_ticks(dev_graph: Graph) -> None:
    found = proof(dev_graph)
    text = render(found, "text")
    assert found.passed
    assert "✗" not in text
    assert "?" not in text
    assert "not enforced here:\n  - a thing" in text
    assert text.endswith("no differences\n")


@pytest.mark.parametrize(
    ("cell", "mark", "sentence"),
    [
        (
            Cell("pmp", "pmp-vault", "read", Answer.NO, ("why",)),
            "✗ refused",
            "pmp should read and can't pmp-vault",
        ),
        (
            Cell("pmp!default", "pmp-vault", "read", Answer.YES, ("why",)),
            "✗ reads",
            "pmp!default can read, which nobody declared, pmp-vault (why)",
        ),
        (Cell("pmp", "billing-api", "list", Answer.UNKNOWN, ("why",)), "? unknown", "nobody can say"),
    ],
)
def test_a_difference_has_a_mark_and_a_sentence(
    dev_graph: Graph, cell: Cell, mark: str, sentence: str
) -> None:
    found = proof(dev_graph, cell)
    text = render(found, "text")
    assert not found.passed
    assert mark in text
    assert sentence in text
    assert "1 difference\n" in text


def test_what_nobody_tried_is_never_a_tick_and_no_difference(dev_graph: Graph) -> None:
    cell = Cell("pmp", "pmp-credentials", "read", Answer.UNKNOWN, ("only in a pod",), tried=False)
    found = proof(dev_graph, cell)
    assert found.passed
    assert found.entry("pmp", "pmp-credentials").mark == "?"
    assert "only in a pod: pmp" in render(found, "text")


def test_json_is_valid_and_the_same_twice(dev_graph: Graph) -> None:
    first, second = (render(proof(dev_graph), "json") for _ in range(2))
    assert first == second
    assert json.loads(first)["passed"] is True


def test_markdown_has_one_table_and_no_colour(dev_graph: Graph) -> None:
    text = render(proof(dev_graph), "markdown")
    assert text.count("\n| --- ") == 1
    assert "\x1b" not in text


def test_names_steer_no_terminal_and_mean_no_markdown(dev_graph: Graph) -> None:
    name = "a|b`c <img src=x> @org \x1b[31m"
    cell = Cell("pmp", "pmp-vault", "read", Answer.NO, (name,), f"{name}.py:1")
    found = replace(proof(dev_graph, cell), substitutions=(name,))
    assert "\x1b" not in render(found, "text")
    text = render(found, "markdown")
    assert "\x1b" not in text
    assert "<img" not in text
    assert "a|b" not in text
    assert "- a&#124;b&#96;c &lt;img src=x&gt; @\u200borg &#92;u001b&#91;31m" in text


def test_many_secrets_get_a_row_each(dev_graph: Graph) -> None:
    declaration = declaration_of(dev_graph)
    more = {f"s{i}": declaration.secrets["billing-api"] for i in range(10)}
    wide = declaration.model_copy(update={"secrets": {**declaration.secrets, **more}})
    text = render(Proof(stack="dev", declaration=wide, derived=derived(dev_graph)), "text")
    assert "everybody else" in text
    assert "✓ pmp reads" in text


def test_the_reasons_and_source_of_a_difference_are_kept(dev_graph: Graph) -> None:
    cell = Cell("pmp", "billing-api", "read", Answer.YES, ("first", "second"), "components/x.py:7")
    sentences = [d.sentence() for d in compare(Matrix.of([]), Matrix.of([cell]), "observed")]
    assert sentences == [
        "observed: pmp can read, which nobody declared, billing-api (first; second) [components/x.py:7]"
    ]


def test_of_very_many_secrets_only_the_differing_have_a_row(
    dev_graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "MANY", 2)
    monkeypatch.setattr(report, "FULL", 3)
    cell = Cell("pmp!default", "pmp-vault", "read", Answer.YES, ("why",))
    header, body = report.rows(proof(dev_graph, cell))
    assert header == ("secret", "who", "everybody else")
    assert [row[0] for row in body] == ["pmp-vault", "3 more"]
    assert "✗ pmp!default reads" in body[0][1]
