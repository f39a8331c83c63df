"""What the linter of references finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["violation", "warning", "note"]
Kind = Literal[
    "unknown-prefix",
    "undeclared-secret",
    "undeclared-key",
    "undeclared-reference",
    "unused-reference",
    "malformed-reference",
    "embedded-reference",
    "unresolved-reference",
    "no-key",
    "pinned-version",
    "options",
    "literal-credential",
    "vault-differs",
]


@dataclass(frozen=True)
class Problem:
    """`what` holds and what follows from it; `remedy`. Neither shows a field's value."""

    level: Level
    kind: Kind
    what: str
    remedy: str


@dataclass(frozen=True)
class Finding:
    """A problem and its place. `line` is 0 where it isn't known."""

    file: str
    line: int
    entity: str
    field: str
    problem: Problem

    def text(self) -> str:
        """One line: FILE:LINE: ENTITY FIELD: LEVEL: what; remedy."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        subject = f"{self.entity} {self.field}".strip()
        found = self.problem
        return f"{where}: {subject}: {found.level}: {found.what}; {found.remedy}"

    def document(self) -> dict[str, str | int]:
        """As JSON has it."""
        found = self.problem
        return {
            "file": self.file,
            "line": self.line,
            "entity": self.entity,
            "field": self.field,
            "level": found.level,
            "kind": found.kind,
            "what": found.what,
            "remedy": found.remedy,
        }
