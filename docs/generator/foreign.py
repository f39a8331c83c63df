"""What the policy pack judges in programs that declare nothing: shown by the cases of its rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from docs.generator.markdown import code, table
from docs.generator.policies import SERVICES, ordered
from policies.guardrails.rule import AnyRule
from policies.guardrails.run import Rules
from policies.guardrails.stack import Stack
from tests.policies.cases import Case, cases

OURS = "workload-secrets:"
"""Begins the types of this project's own components."""


def judged() -> list[str]:
    """The rules of each service, with the types that their cases are about."""
    rows: list[tuple[str, str, str]] = []
    for service, title in SERVICES.items():
        found = {rule.id: types(rule) for rule in ordered(service)}
        seen = sorted({shown(type_) for types_ in found.values() for type_ in types_})
        rows.append(
            (title, ", ".join(code(rule) for rule, types_ in found.items() if types_), ", ".join(seen))
        )
    return table(("about", "rules", "resources that their cases refuse"), rows)


def not_judged() -> list[str]:
    """The rules that say nothing there."""
    rules = [rule for service in SERVICES for rule in ordered(service) if not types(rule)]
    return [f"- {code(rule.id)}: {rule.title}" for rule in rules]


def types(rule: AnyRule) -> set[str]:
    """The types of somebody else's resources that a rule refuses in Pulumi's engine, in any case."""
    return {found for case in cases(rule) if case.kind == "violating" for found in _refused(case)}


def shown(type_: str) -> str:
    """A type without what its provider repeats in it."""
    package, module, name = type_.split(":") if type_.count(":") == 2 else (type_, "", "")
    folder = module.partition("/")[0] if package in ("aws", "vault") else module
    return code(":".join(part for part in (package, folder, name) if part))


def _refused(case: Case) -> Iterator[str]:
    blind = [
        replace(resource, secrets=None, retain_on_delete=None, depends_on=None)
        for resource in case.stack.resources
    ]
    context = replace(case.context, way="engine", tier="production", declared=None, baseline=None)
    for finding in Rules([case.rule]).review(Stack(blind), context):
        if finding.outcome == "violation" and not finding.type.startswith(OURS):
            yield finding.type
