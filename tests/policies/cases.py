"""Reads the data files of `cases/`: one a rule, `ID.yaml`.

    violating:                # at least 3
      - name: what is wrong, in words
        inputs: {kmsKeyId: alias/aws/secretsmanager}
        says: kmsKeyId        # a part of the finding
    passing: []               # at least 3
    unknown: []               # at least 1

A case names its one resource by `inputs`, with `type` where the rule has several, and any of
`resource` (its name), `protect`, `provider`, `retainOnDelete`, `dependsOn`; a stack-wide case has
`resources`, a list of such. `declared`, `tier`, `way` and `baseline`, a list of resources, are of
the context. `!unknown` is a value that isn't known, `!secret VALUE` one marked secret.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from policies.guardrails.catalogue import ALL
from policies.guardrails.resource import UNKNOWN, Resource
from policies.guardrails.rule import AnyRule, Context, Rule
from policies.guardrails.run import Finding, Rules
from policies.guardrails.stack import Stack

FOLDER = Path(__file__).parent / "cases"
KINDS = {"violating": 3, "passing": 3, "unknown": 1}
OUTCOMES: dict[str, set[str]] = {"violating": {"violation"}, "passing": set(), "unknown": {"not evaluable"}}
TODAY = date(2026, 6, 1)


@dataclass(frozen=True)
class Marked:
    value: Any


_SAFE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast where it is built in


class _Loader(_SAFE):
    pass


_Loader.add_constructor("!unknown", lambda _loader, _node: UNKNOWN)
_Loader.add_constructor("!secret", lambda loader, node: Marked(loader.construct_scalar(node)))


@dataclass(frozen=True, kw_only=True)
class Case:
    rule: AnyRule
    kind: str
    name: str
    stack: Stack
    context: Context
    says: str

    def findings(self) -> tuple[Finding, ...]:
        return Rules([self.rule]).review(self.stack, self.context)

    def differs(self) -> str:
        """How the findings differ from what the case says; empty where they don't."""
        found = self.findings()
        texts = [f"{f.path} {f.text}" for f in found]
        if {f.outcome for f in found} != OUTCOMES[self.kind]:
            return f"{self.kind}: {self.name}: {[f.outcome for f in found]}, {texts}"
        if self.says and not any(self.says in text for text in texts):
            return f"{self.kind}: {self.name}: says {texts} and not {self.says!r}"
        return ""


def cases(rule: AnyRule) -> list[Case]:
    data = _data(rule.id)
    return [_case(rule, kind, entry) for kind in KINDS for entry in data.get(kind, ())]


@cache
def _data(rule: str) -> dict[str, Any]:
    return read(FOLDER / f"{rule}.yaml")


def read(file: Path) -> dict[str, Any]:
    """A data file, with values that aren't known or are secret."""
    return yaml.load(file.read_text("utf-8"), _Loader)


def every() -> list[Case]:
    return [case for rule in ALL for case in cases(rule)]


def _case(rule: AnyRule, kind: str, entry: dict[str, Any]) -> Case:
    given = entry.get("resources", [entry])
    resources = [_resource(rule, number, one) for number, one in enumerate(given)]
    context = Context(
        way=entry.get("way", "monitor"),
        tier=entry.get("tier", "production"),
        today=TODAY,
        declared=entry.get("declared"),
        baseline=_baseline(rule, entry),
        rehearsed=entry.get("rehearsed", ""),
    )
    if context.way == "engine":  # which tells a pack none of these
        blind = {"secrets": None, "retain_on_delete": None, "depends_on": None}
        resources = [replace(resource, **blind) for resource in resources]
    says = str(entry.get("says", ""))
    return Case(rule=rule, kind=kind, name=entry["name"], stack=Stack(resources), context=context, says=says)


def _baseline(rule: AnyRule, entry: dict[str, Any]) -> Stack | None:
    if "baseline" not in entry:
        return None
    return Stack([_resource(rule, number, one) for number, one in enumerate(entry["baseline"])])


def _resource(rule: AnyRule, number: int, given: dict[str, Any]) -> Resource:
    return resource(given, f"it-{number}", rule.types[0] if isinstance(rule, Rule) else "")


def resource(given: dict[str, Any], name: str = "", type_: str = "") -> Resource:
    """One resource of a data file; `name` and `type_` where it says none."""
    type_, name = given.get("type", type_), given.get("resource", name)
    secrets: set[tuple[str | int, ...]] = set()
    inputs = _plain(given.get("inputs", {}), (), secrets)
    return Resource(
        urn=f"urn:pulumi:test::workload-secrets::{type_}::{name}",
        type=type_,
        name=name,
        inputs=inputs,
        protect=given.get("protect", False),
        provider=given.get("provider", {}),
        secrets=frozenset(secrets),
        retain_on_delete=given.get("retainOnDelete", False),
        depends_on=tuple(given.get("dependsOn", ())),
        source="components/example.py:1",
    )


def _plain(value: Any, path: tuple[str | int, ...], secrets: set[tuple[str | int, ...]]) -> Any:
    if isinstance(value, Marked):
        secrets.add(path)
        return value.value
    if isinstance(value, dict):
        return {key: _plain(item, (*path, key), secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, (*path, index), secrets) for index, item in enumerate(value)]
    return value
