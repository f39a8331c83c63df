"""Finds what is wrong with references: with those a gateway declares, and with those in decK files.

Needs no server. What a finding says names places, declared names and references' own words, and
never the value of a field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from workload_secrets.declaration import Declaration
from workload_secrets.graph import yamlfile
from workload_secrets.kong import lint_values, lint_vaults
from workload_secrets.kong.credential_fields import Kind, fields_of
from workload_secrets.kong.deckfile import DeckFile, Entity
from workload_secrets.kong.finding import Finding, Problem
from workload_secrets.kong.lint_references import ENVIRONMENT, Known
from workload_secrets.kong.reference import BadReference, Reference, parse

_GATEWAYS: Final = "workload-secrets:gateways"


@dataclass(frozen=True)
class Place:
    """Where a gateway's references are declared: a file and their lines, 0 where not known."""

    file: str
    lines: Sequence[int] = ()

    @classmethod
    def of(cls, file: Path, gateway: str, shown: str) -> Place:
        """The lines in a stack file; `shown` is what findings call it. Raises InputError."""
        node = yamlfile.compose(yamlfile.read_bytes(file), shown)
        for key in ("config", _GATEWAYS, gateway, "references"):
            node = _below(node, key)
        nodes: list[yaml.Node] = node.value if isinstance(node, yaml.SequenceNode) else []
        return cls(shown, tuple(item.start_mark.line + 1 for item in nodes))

    def line(self, position: int) -> int:
        """The line of a reference."""
        return self.lines[position] if position < len(self.lines) else 0


def _below(node: yaml.Node | None, key: str) -> yaml.Node | None:
    pairs: list[tuple[yaml.Node, yaml.Node]] = node.value if isinstance(node, yaml.MappingNode) else []
    return next((value for name, value in pairs if name.value == key), None)


def lint(
    declaration: Declaration, gateway: str, place: Place, files: Sequence[DeckFile]
) -> tuple[Finding, ...]:
    """Findings by file and line. Raises KeyError for a gateway that isn't declared."""
    of = declaration.gateways[gateway]
    known = Known(declaration, gateway, of, _foreign(files))
    used: set[str] = set()
    found = [f for file in files for f in _file(file, known, used)]
    declared = [*_declared(known, place), *(_unused(known, place, used) if _may_use(files) else ())]
    return (*declared, *sorted(found, key=lambda f: ([x.name for x in files].index(f.file), f.line)))


def _declared(known: Known, place: Place) -> Iterator[Finding]:
    for position, reference in enumerate(known.gateway.references):
        try:
            problems: Iterable[Problem] = known.problems(parse(reference.text))
        except BadReference as bad:
            what = f"no reference that Kong resolves; allowed: {bad.allowed}"
            problems = (Problem("violation", "malformed-reference", what, bad.remedy),)
        for problem in problems:
            yield _at_declared(known, place, position, problem)


def _unused(known: Known, place: Place, used: set[str]) -> Iterator[Finding]:
    problem = Problem(
        "note",
        "unused-reference",
        "none of the given files uses it",
        "remove it, unless kong.conf or another file does",
    )
    for position, reference in known.references():
        if known.plain(reference) not in used:
            yield _at_declared(known, place, position, problem)


def _at_declared(known: Known, place: Place, position: int, problem: Problem) -> Finding:
    return Finding(
        place.file, place.line(position), f"gateway {known.name}", f"references[{position}]", problem
    )


def _file(file: DeckFile, known: Known, used: set[str]) -> Iterator[Finding]:
    for entity in file.entities:
        yield from _entity(file.name, entity, known, used)
        if entity.kind == "vault":
            for field, line, problem in lint_vaults.problems(entity, known):
                yield Finding(file.name, line, entity.label, field, problem)


def _entity(file: str, entity: Entity, known: Known, used: set[str]) -> Iterator[Finding]:
    fields = fields_of(entity)
    for field in entity.fields:
        kind = fields.kind(field.shape) if fields else None
        problems = list(
            lint_values.problems(field, _given(entity, known, field.path) or kind, known=fields is not None)
        )
        reference = lint_values.reference_in(field)
        if reference is not None:
            used.add(known.plain(reference))
            problems += _meant(reference, known)
        for problem in problems:
            yield Finding(file, field.line, entity.label, field.path, problem)


def _given(entity: Entity, known: Known, path: str) -> Kind | None:
    """A field of a vault that the stack has as a secret is one, whatever Kong's schema says."""
    vault = known.gateway.vaults.get(entity.text("prefix")) if entity.kind == "vault" else None
    given = vault.given.get(path.removeprefix("config.")) if vault else None
    return "secret" if given and given.secret else None


def _meant(reference: Reference, known: Known) -> list[Problem]:
    problems = list(known.problems(reference))
    missing = ("unknown-prefix", "undeclared-secret", "undeclared-key", "no-key")
    if any(problem.kind in missing for problem in problems):
        return problems
    return [*problems, *known.undeclared(reference)]


def _may_use(files: Sequence[DeckFile]) -> bool:
    """Whether the files are more than the vaults themselves."""
    return any(entity.kind not in ("file", "vault") for file in files for entity in file.entities)


def _foreign(files: Sequence[DeckFile]) -> frozenset[str]:
    return frozenset(
        entity.text("prefix")
        for file in files
        for entity in file.entities
        if entity.kind == "vault" and entity.named not in ("", ENVIRONMENT)
    )
