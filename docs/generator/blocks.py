"""Finds the generated blocks of a page and makes them anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from docs.generator import (
    beside,
    calls,
    cli,
    code,
    config,
    conformance,
    exports,
    facts,
    foreign,
    graphs,
    importing,
    kong,
    policies,
)

ROOT: Final = Path(__file__).parents[2]
_BLOCK: Final = re.compile(r"(<!-- generated: ([\w-]+)(.*?) -->\n).*?(<!-- end -->)", re.DOTALL)

KINDS: Final[Mapping[str, Callable[..., Iterable[str]]]] = {
    "calls": calls.calls,
    "calls-not-made": calls.not_made,
    "capabilities": facts.capabilities,
    "catalogue": facts.catalogue,
    "checkov": beside.compared,
    "checkov-fails": beside.fails,
    "checkov-only": beside.only,
    "checkov-stacks": beside.stacks,
    "children": graphs.children,
    "cli": cli.help_text,
    "components": code.components_table,
    "config": config.table,
    "conformance": conformance.conformance,
    "document": graphs.document,
    "exits": cli.exits,
    "exported-identities": exports.identities,
    "exported-secrets": exports.secrets,
    "exports": exports.names,
    "flavours": facts.flavours_table,
    "foreign": foreign.judged,
    "foreign-not": foreign.not_judged,
    "import-ids": importing.ids,
    "interface": code.interface,
    "kept": graphs.kept,
    "kong-fields": kong.fields,
    "kong-methods": kong.methods,
    "late": policies.late,
    "notes": facts.notes,
    "output": graphs.output,
    "panel": graphs.panel,
    "preview": cli.preview,
    "profiles": facts.profiles,
    "ran": cli.ran,
    "refused": cli.refused,
    "review": cli.review,
    "reviewers": facts.reviewers_table,
    "rules": policies.rules,
    "softened": policies.softened,
    "template": graphs.template,
    "versions": facts.versions,
    "ways": policies.ways,
}
"""What a block may hold: a function from the block's arguments to lines of Markdown."""


def pages() -> list[Path]:
    """Every page that may hold blocks."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def renewed(text: str) -> str:
    """The page with every block made anew. Raises KeyError for an unknown kind."""
    return _BLOCK.sub(_block, text)


def _block(match: re.Match[str]) -> str:
    start, kind, arguments, end = match.groups()
    lines = KINDS[kind](*arguments.split())
    return f"{start}\n{chr(10).join(lines)}\n\n{end}"
