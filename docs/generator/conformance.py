"""The conformance page: every step of the four source documents, from the tables of the example pages.

A step is named SECTION.ITEM: the document's headings are counted from 1, and below each its numbered
steps, list items, fields of commands and statements. The example pages hold what a step asks and what
does it here; `docs/examples/proofs.yaml` names the tests that prove it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from docs.generator.markdown import table

ROOT: Final = Path(__file__).parents[2]
EXAMPLES: Final = ROOT / "docs" / "examples"
DOCUMENTS: Final = {
    "pmp-aws": "Private Mendix Platform with AWS Secrets Manager",
    "pmp-vault": "Private Mendix Platform with HashiCorp Vault",
    "kong": "Kong Gateway with HashiCorp Vault",
    "vault-guide": "Vault guide",
}
"""The example pages by file name, each with the document that it follows."""

NOT_OURS: Final = "not ours: "
_DASH: Final = "\N{EN DASH}"
_RANGE: Final = re.compile(r"(\d+)\.(\d+)(?:-\1\.(\d+))?")
_CELLS: Final = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Row:
    """One row of an example page: the steps it covers, what they ask, and what does it here."""

    steps: tuple[str, ...]
    asked: str
    done: str

    @property
    def ours(self) -> bool:
        """Whether this project does the step. If not, `done` holds the reason."""
        return not self.done.startswith(NOT_OURS)


def conformance(document: str) -> list[str]:
    """The table of one document, and how many of its steps are done here."""
    found = rows(document)
    done = sum(len(row.steps) for row in found if row.ours)
    other = sum(len(row.steps) for row in found if not row.ours)
    named = proofs(document)
    body = (
        (_short(row.steps), row.asked, row.done, "<br>".join(_tests(named, row.steps)) if row.ours else "")
        for row in sorted(found, key=lambda row: _order(row.steps[0]))
    )
    count = f"{done + other} steps: {done} done here, {other} not ours."
    return [count, "", *table(("step", "the document asks", "done by", "proven by"), body)]


def rows(document: str) -> list[Row]:
    """The rows of an example page's tables whose first column is `step`. A row with a dash there is
    about something that the document leaves out.

    Raises ValueError for a step that isn't SECTION.ITEM or a range SECTION.FIRST-SECTION.LAST.
    """
    found: list[Row] = []
    inside = False
    for line in (EXAMPLES / f"{document}.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in _CELLS.split(line)[1:-1]] if line.startswith("|") else []
        if cells and inside and not set(cells[0]) <= {"-", _DASH}:
            found.append(Row(steps(cells[0]), *_unescaped(cells[1:3])))
        inside = bool(cells) and (inside or cells[0] == "step")
    return found


def steps(text: str) -> tuple[str, ...]:
    """`4.2, 4.5-4.7` as the names of its steps."""
    found: list[str] = []
    for part in text.split(", "):
        match = _RANGE.fullmatch(part)
        if match is None:
            raise ValueError(f"steps {text!r}: expected SECTION.ITEM or SECTION.FIRST-SECTION.LAST")
        section, first, last = match[1], int(match[2]), int(match[3] or match[2])
        found += [f"{section}.{item}" for item in range(first, last + 1)]
    return tuple(found)


def proofs(document: str) -> dict[str, list[str]]:
    """The tests of each step that has any, as `tests/FILE.py::NAME`."""
    found: dict[str, list[str]] = {}
    for text, tests in _proofs()[document].items():
        for step in steps(text):
            found.setdefault(step, []).extend(tests)
    return found


@cache
def _proofs() -> dict[str, dict[str, list[str]]]:
    found: Any = yaml.load((EXAMPLES / "proofs.yaml").read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 - texts only
    return found


def _tests(named: dict[str, list[str]], wanted: Iterable[str]) -> list[str]:
    tests = dict.fromkeys(test for step in wanted for test in named.get(step, ()))
    return [f"`{test.removeprefix('tests/')}`" for test in tests]


def _short(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}" if _run(names) else ", ".join(names)


def _run(names: tuple[str, ...]) -> bool:
    section, first = names[0].split(".")
    return names == tuple(f"{section}.{int(first) + place}" for place in range(len(names)))


def _order(step: str) -> tuple[int, int]:
    section, item = step.split(".")
    return int(section), int(item)


def _unescaped(cells: list[str]) -> list[str]:
    return [cell.replace("\\|", "|") for cell in cells]
