"""Where derived or observed access is not what is declared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from workload_secrets.access.matrix import VERBS, Cell, Matrix
from workload_secrets.decide.answer import Answer
from workload_secrets.declaration import Verb

Column = Literal["derived", "observed"]


@dataclass(frozen=True)
class Difference:
    """One place where `column` answers otherwise than declared. `reasons` read from cause
    to effect; `source` is `file:line` of what gives or refuses the right, if known."""

    column: Column
    principal: str
    secret: str
    verb: Verb
    declared: Answer
    found: Answer
    reasons: tuple[str, ...]
    source: str

    def sentence(self) -> str:
        """One line: who, what, which secret, and why."""
        why = f" ({'; '.join(self.reasons)})" if self.reasons else ""
        where = f" [{self.source}]" if self.source else ""
        return f"{self.column}: {self.principal} {self._effect()} {self.secret}{why}{where}"

    def _effect(self) -> str:
        should = self.declared is Answer.YES
        if self.found is Answer.UNKNOWN:
            return f"{'should' if should else 'should not'} {self.verb}, and nobody can say whether it can,"
        return f"should {self.verb} and can't" if should else f"can {self.verb}, which nobody declared,"


def compare(declared: Matrix, found: Matrix, column: Column) -> tuple[Difference, ...]:
    """Every difference, sorted by principal, secret and verb. An unknown is a difference; a
    cell that nobody tried is not, since it claims nothing."""
    return tuple(_differences(declared, found, column))


def _differences(declared: Matrix, found: Matrix, column: Column) -> Iterator[Difference]:
    places = declared.places() | found.places()
    for place in sorted(places, key=lambda p: (p[0], p[1], VERBS.index(p[2]))):
        wanted, got = declared.get(*place), found.get(*place)
        if got.tried and wanted.answer is not got.answer:
            yield _difference(wanted, got, column)


def _difference(wanted: Cell, got: Cell, column: Column) -> Difference:
    reasons = got.reasons or ("no route was found",)
    return Difference(column, *got.place, wanted.answer, got.answer, reasons, got.source or wanted.source)
