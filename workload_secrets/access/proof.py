"""The columns side by side, and whether found access is as declared."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from workload_secrets.access.admitted import untried
from workload_secrets.access.compare import Difference, compare
from workload_secrets.access.declared import declared
from workload_secrets.access.matrix import Cell, Matrix
from workload_secrets.access.principals import actors
from workload_secrets.access.verbs import verbs_of
from workload_secrets.decide.answer import Answer
from workload_secrets.declaration import Declaration, Verb

Mark = Literal["✓", "✗", "?"]
_DOING: dict[Verb, str] = {
    "read": "reads",
    "issue": "issues",
    "encrypt": "encrypts",
    "decrypt": "decrypts",
    "rewrap": "rewraps",
    "write": "writes",
    "list": "lists",
}


@dataclass(frozen=True)
class Entry:
    """One place of the table: `✓` as declared, `✗` not, `?` unknown or not tried; and what
    was found there, such as `reads` or `refused`."""

    mark: Mark
    what: str


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Everything a report shows of one stack. `observed` is None where nobody logged in.

    `not_enforced`, `declared_only` and `substitutions` are printed with the result and never
    count as proven. `missing` is what should be there and isn't; `contents` what readers
    found, by key names and lengths. `usage` is what came of using what was granted, `misuse`
    what did not work as it should. `overdue` are values older than declared. `strangers` are
    principals of other stacks, tried here too. `deployed` is what the engine did, a line a stage.
    """

    stack: str
    declaration: Declaration
    derived: Matrix
    observed: Matrix | None = None
    not_enforced: tuple[str, ...] = ()
    declared_only: tuple[str, ...] = ()
    substitutions: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    contents: tuple[str, ...] = ()
    usage: tuple[str, ...] = ()
    misuse: tuple[str, ...] = ()
    overdue: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    deployed: tuple[str, ...] = ()
    declared: Matrix = field(init=False)
    differences: tuple[Difference, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "declared", declared(self.declaration))
        if self.observed is not None:
            cells = untried(self._admitted, self.declaration)
            object.__setattr__(self, "observed", Matrix.of((*self.observed, *cells)))
        found = compare(self.declared, self.derived, "derived")
        if self.observed is not None:
            found += compare(self.declared, self.observed, "observed")
        object.__setattr__(self, "differences", found)

    @property
    def passed(self) -> bool:
        """No difference, nothing missing that the stack takes for granted, everything usable;
        in production also no value older than declared."""
        return not self._problems

    @property
    def _problems(self) -> int:
        overdue = len(self.overdue) if self.declaration.tier == "production" else 0
        return len(self.differences) + len(self.missing) + len(self.misuse) + overdue

    @property
    def shown(self) -> Matrix:
        """The column the table shows: observed where there is one, else derived."""
        return self.derived if self.observed is None else self.observed

    def principals(self) -> tuple[str, ...]:
        """The rows, declared principals first; without those of whom nothing was tried."""
        return self._principals

    @cached_property
    def involved(self) -> Mapping[str, tuple[str, ...]]:
        """By secret, the principals with any cell there; everybody else is refused as declared."""
        rows, found = set(self._principals), defaultdict[str, set[str]](set)
        for principal, secret, _ in self.declared.places() | self.shown.places():
            if principal in rows:
                found[secret].add(principal)
        return {secret: tuple(sorted(names)) for secret, names in found.items()}

    @cached_property
    def _admitted(self) -> tuple[str, ...]:
        """The principals that delivery objects let in."""
        return tuple(sorted({cell.principal for cell in self.derived}.difference(self._listed)))

    @cached_property
    def _listed(self) -> tuple[str, ...]:
        return (*(actor.name for actor in actors(self.declaration)), *self.strangers)

    @cached_property
    def _principals(self) -> tuple[str, ...]:
        names = (*self._listed, *self._admitted)
        untried = Counter(cell.principal for cell in self.untried())
        whole = sum(len(verbs_of(secret)) for secret in self.declaration.secrets.values())
        return tuple(name for name in names if not whole or untried[name] < whole)

    def secrets(self) -> tuple[str, ...]:
        """The columns, sorted."""
        return tuple(sorted(self.declaration.secrets))

    def entry(self, principal: str, secret: str) -> Entry:
        """What stands in the table for a principal and a secret."""
        verbs = verbs_of(self.declaration.secrets[secret])
        cells = [self.shown.get(principal, secret, verb) for verb in verbs]
        what = ", ".join(_DOING[c.verb] for c in cells if c.answer is Answer.YES) or "refused"
        wrong = [c for c in cells if c.tried and c.answer is not self._wanted(c)]
        if any(c.answer is not Answer.UNKNOWN for c in wrong):
            return Entry("✗", what)
        if wrong:
            return Entry("?", "unknown")
        if not all(c.tried for c in cells):
            return Entry("?", "not tried" if what == "refused" else f"{what}, rest not tried")
        return Entry("✓", what)

    def summary(self) -> str:
        """One line: how many rights and refusals hold, and how many don't."""
        marks = [self.entry(p, s) for s, names in self.involved.items() for p in names]
        everybody = len(self._principals) * len(self.declaration.secrets)
        good = [m for m in marks if m.mark == "✓"]
        granted = sum(m.what != "refused" for m in good)
        refused = len(good) - granted + everybody - len(marks)
        how = "logins" if self.observed is not None else "documents"
        line = f"{self.stack}: {granted} as declared granted, {refused} refused by {how}"
        open_ = sum(m.mark == "?" for m in marks)
        if open_:
            line += f"; {open_} unknown or not tried"
        unseen = len(self._listed) + len(self._admitted) - len(self._principals)
        if unseen:
            line += f"; {unseen} principals not tried"
        if self.overdue:
            line += f"; {len(self.overdue)} older than declared"
        problems = self._problems
        return f"{line}; {problems or 'no'} difference{'' if problems == 1 else 's'}"

    def untried(self) -> Iterator[Cell]:
        """The cells nobody tried, with the reason."""
        return (cell for cell in self.shown if not cell.tried)

    def _wanted(self, cell: Cell) -> Answer:
        return self.declared.get(*cell.place).answer
