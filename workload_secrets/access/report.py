"""A proof as text, Markdown or JSON. Deterministic; holds names, never values."""

from __future__ import annotations

import io
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from workload_secrets.access.compare import Difference
from workload_secrets.access.matrix import Matrix
from workload_secrets.access.proof import Proof
from workload_secrets.escape import prose, visible

Format = Literal["text", "markdown", "json"]
MANY: Final = 8
"""More secrets than this don't fit side by side: then one row a secret."""
FULL: Final = 200
"""More secrets than this nobody reads: then only those that aren't as declared have a row."""
_COLOURS: Final = {"✓": "green", "✗": "red", "?": "yellow"}
_ITEM: Final = "  - "
_Rows = tuple[tuple[str, ...], list[tuple[str, ...]]]


def render(proof: Proof, format_: Format, *, width: int = 160, colour: bool = False) -> str:
    """The whole report as one text that ends in a newline. `width` is in characters."""
    if format_ == "json":
        return json.dumps(as_json(proof), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    if format_ == "markdown":
        return "\n".join(_markdown(proof)) + "\n"
    table = table_text(rows(proof), width=width, colour=colour) if proof.secrets() else ""
    return table + "\n".join(visible(line) for line in notes(proof)) + "\n"


def rows(proof: Proof) -> _Rows:
    """Header and rows: principals by secrets; for many secrets, who has a right on each."""
    secrets = proof.secrets()
    if len(secrets) > MANY:
        return _by_secret(proof)
    body = [
        (name, *(f"{e.mark} {e.what}" for e in (proof.entry(name, s) for s in secrets)))
        for name in proof.principals()
    ]
    return ("principal", *secrets), body


def _by_secret(proof: Proof) -> _Rows:
    body: list[tuple[str, ...]] = []
    everybody = len(proof.principals())
    secrets = proof.secrets()
    for secret in secrets:
        entries = [(name, proof.entry(name, secret)) for name in proof.involved.get(secret, ())]
        named = [f"{e.mark} {name} {e.what}" for name, e in entries if e.what != "refused" or e.mark != "✓"]
        refused = everybody - len(named)
        if len(secrets) <= FULL or any(e.mark != "✓" for _, e in entries):
            body.append((secret, "; ".join(named), f"✓ {refused} refused"))
    hidden = len(secrets) - len(body)
    if hidden:
        body.append((f"{hidden:,} more", "✓ as declared (each in --format json)", "✓ refused"))
    return ("secret", "who", "everybody else"), body


def table_text(table: _Rows, *, width: int = 160, colour: bool = False) -> str:
    """A table by rich; plain text unless `colour`."""
    header, body = table
    built = Table(header_style="bold")
    for name in header:
        built.add_column(Text(visible(name)), overflow="fold")
    for row in body:
        built.add_row(*(Text(visible(item), style=_COLOURS.get(item[:1], "")) for item in row))
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=colour, no_color=not colour, highlight=False).print(built)
    return out.getvalue()


def notes(proof: Proof) -> Iterator[str]:
    """Everything below the table, the summary last."""
    yield from _list("not enforced here", proof.not_enforced)
    yield from _list("declared only", proof.declared_only)
    yield from _list("substitutions", proof.substitutions)
    yield from _list("not tried", _untried(proof))
    yield from _list("found", proof.contents)
    yield from _list("used", proof.usage)
    yield from _list("older than declared", proof.overdue)
    yield from _list("deployed", proof.deployed)
    yield from _list("missing", proof.missing)
    yield from _list("doesn't work", proof.misuse)
    yield from _list("differences", [d.sentence() for d in proof.differences])
    yield proof.summary()


def _untried(proof: Proof) -> list[str]:
    """One line a reason, with everybody it holds for."""
    names: dict[str, set[str]] = defaultdict(set)
    for cell in proof.untried():
        names["; ".join(cell.reasons)].add(cell.principal)
    return [f"{reason}: {', '.join(sorted(who))}" for reason, who in sorted(names.items())]


def _list(title: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield f"{title}:"
        yield from (f"{_ITEM}{item}" for item in items)


def _markdown(proof: Proof) -> Iterator[str]:
    yield f"## Access: {prose(proof.stack)}"
    if proof.secrets():
        header, body = rows(proof)
        yield ""
        yield from markdown_table(header, body)
    yield ""
    for line in notes(proof):
        item = line.removeprefix(_ITEM)
        yield f"- {prose(item)}" if item != line else f"\n{prose(line)}"


def markdown_table(header: Sequence[str], body: Sequence[Sequence[str]]) -> Iterator[str]:
    """A pipe table; its texts mean no Markdown."""
    yield f"| {' | '.join(prose(name) for name in header)} |"
    yield f"|{' --- |' * len(header)}"
    for row in body:
        yield f"| {' | '.join(prose(item) for item in row)} |"


def as_json(proof: Proof) -> dict[str, Any]:
    """The report as plain data; keys in camelCase."""
    return {
        "stack": proof.stack,
        "passed": proof.passed,
        "principals": list(proof.principals()),
        "secrets": list(proof.secrets()),
        "declared": _cells(proof.declared),
        "derived": _cells(proof.derived),
        "observed": None if proof.observed is None else _cells(proof.observed),
        "differences": [_difference(d) for d in proof.differences],
        "contents": list(proof.contents),
        "missing": list(proof.missing),
        "overdue": list(proof.overdue),
        "usage": list(proof.usage),
        "misuse": list(proof.misuse),
        "notEnforced": list(proof.not_enforced),
        "declaredOnly": list(proof.declared_only),
        "deployed": list(proof.deployed),
        "substitutions": list(proof.substitutions),
        "summary": proof.summary(),
    }


def _cells(matrix: Matrix) -> list[dict[str, Any]]:
    return [
        {
            "principal": cell.principal,
            "secret": cell.secret,
            "verb": cell.verb,
            "answer": cell.answer.value,
            "tried": cell.tried,
            "reasons": list(cell.reasons),
            "source": cell.source,
        }
        for cell in matrix
    ]


def _difference(found: Difference) -> dict[str, Any]:
    return {
        "column": found.column,
        "principal": found.principal,
        "secret": found.secret,
        "verb": found.verb,
        "declared": found.declared.value,
        "found": found.found.value,
        "reasons": list(found.reasons),
        "source": found.source,
        "sentence": found.sentence(),
    }
