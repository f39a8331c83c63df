from __future__ import annotations

from workload_secrets.access.matrix import Cell, Matrix
from workload_secrets.decide.answer import Answer


def test_an_absent_cell_is_a_decided_none() -> None:
    assert Matrix.of([]).get("a", "s", "read").answer is Answer.NO


def test_yes_wins_over_unknown_and_unknown_over_no() -> None:
    answers = [Answer.NO, Answer.UNKNOWN, Answer.NO]
    assert (
        Matrix.of(Cell("a", "s", "read", a) for a in answers).get("a", "s", "read").answer is Answer.UNKNOWN
    )
    answers.insert(1, Answer.YES)
    assert Matrix.of(Cell("a", "s", "read", a) for a in answers).get("a", "s", "read").answer is Answer.YES


def test_cells_come_sorted_with_reads_first() -> None:
    places = [("b", "s", "list"), ("b", "s", "read"), ("a", "t", "write")]
    cells = Matrix.of(Cell(*place, Answer.YES) for place in places)  # type: ignore[arg-type]
    assert [c.place for c in cells] == [("a", "t", "write"), ("b", "s", "read"), ("b", "s", "list")]


def test_a_cell_nobody_tried_is_not_counted_as_unknown() -> None:
    cells = [Cell("a", "s", "read", Answer.UNKNOWN, tried=False), Cell("b", "s", "read", Answer.UNKNOWN)]
    assert [c.principal for c in Matrix.of(cells).unknown()] == ["b"]
