"""Who can do what with which secret, as a sparse indexed table.

A cell that isn't there is a decided none. So a matrix holds only rights, unknowns, and
the refusals that somebody needs the reasons of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from workload_secrets.decide.answer import Answer, Decision
from workload_secrets.declaration import Verb

Place: TypeAlias = tuple[str, str, Verb]
VERBS: Final[tuple[Verb, ...]] = ("read", "issue", "encrypt", "decrypt", "rewrap", "write", "list")
"""Every verb, in the order of reports. Which of them a secret has, `verbs.verbs_of` says."""
_ORDER: Final = {verb: index for index, verb in enumerate(VERBS)}


@dataclass(frozen=True)
class Cell:
    """One answer. `principal` and `secret` are names of the stack file.

    `reasons` reads from cause to effect; `source` is `file:line` of what gives or refuses
    the right, or an empty string. `tried` is False where nobody attempted the login; such a
    cell is unknown and never counts as proven.
    """

    principal: str
    secret: str
    verb: Verb
    answer: Answer
    reasons: tuple[str, ...] = ()
    source: str = ""
    tried: bool = True

    @property
    def place(self) -> Place:
        return (self.principal, self.secret, self.verb)


@dataclass(frozen=True)
class Matrix:
    """The cells of one column: declared, derived or observed. Made by `Matrix.of`."""

    _cells: dict[Place, Cell] = field(default_factory=dict[Place, Cell])

    @classmethod
    def of(cls, cells: Iterable[Cell]) -> Matrix:
        """Joins cells. At the same place yes wins over unknown and unknown over no."""
        found: dict[Place, Cell] = {}
        for cell in cells:
            old = found.get(cell.place)
            if old is None or _rank(cell.answer) > _rank(old.answer):
                found[cell.place] = cell
        return cls(found)

    def get(self, principal: str, secret: str, verb: Verb) -> Cell:
        """The cell there; a decided none where there is no cell."""
        place = (principal, secret, verb)
        return self._cells.get(place) or Cell(*place, Answer.NO)

    def __contains__(self, place: Place) -> bool:
        return place in self._cells

    def __iter__(self) -> Iterator[Cell]:
        """Every cell, sorted by principal, secret and verb in the order of VERBS."""
        key = sorted(self._cells, key=lambda place: (place[0], place[1], _ORDER[place[2]]))
        return (self._cells[place] for place in key)

    def __len__(self) -> int:
        return len(self._cells)

    def places(self) -> frozenset[Place]:
        """Every place that has a cell."""
        return frozenset(self._cells)

    def allowed(self) -> frozenset[Place]:
        """Every place whose answer is yes."""
        return frozenset(place for place, cell in self._cells.items() if cell.answer is Answer.YES)

    def unknown(self) -> tuple[Cell, ...]:
        """Every unknown cell that was tried, sorted."""
        return tuple(cell for cell in self if cell.answer is Answer.UNKNOWN and cell.tried)


def cell(place: Place, decision: Decision, source: str = "") -> Cell:
    """A cell that holds a decision."""
    return Cell(*place, decision.answer, decision.reasons, source)


def _rank(answer: Answer) -> int:
    return (Answer.NO, Answer.UNKNOWN, Answer.YES).index(answer)
