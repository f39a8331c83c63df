"""Which rules only warn, by environment. Read from `enforcement.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from policies.guardrails import yaml_file
from policies.guardrails.rule import Context


class BadEnforcement(yaml_file.BadFile):
    """The file isn't a list of rules by environment. The message names file and key."""


@dataclass(frozen=True)
class Enforcement:
    """`warning` are the ids of rules by the environment where they only warn."""

    warning: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])

    def level(self, rule: str, context: Context) -> Literal["mandatory", "advisory"]:
        """How a violation of a rule counts. A production stack never only warns, nor does
        a program that declares no environment."""
        if context.tier == "production":
            return "mandatory"
        environment = str((context.declared or {}).get("environment", ""))
        return "advisory" if rule in self.warning.get(environment, ()) else "mandatory"


def read(file: Path, rules: Iterable[str]) -> Enforcement:
    """What a file says; every rule refuses where there is none. Raises BadFile."""
    data: Any = yaml_file.load(file)
    if data is None:
        return Enforcement()
    if not isinstance(data, Mapping):
        raise BadEnforcement(f"{file.name}: got {type(data).__name__}; allowed: environments with rules")
    known = set(rules)
    found = cast("Mapping[Any, Any]", data)
    return Enforcement({str(name): _ids(f"{file.name}: {name}", ids, known) for name, ids in found.items()})


def _ids(where: str, given: Any, known: set[str]) -> frozenset[str]:
    if not isinstance(given, list):
        raise BadEnforcement(f"{where}: got {type(given).__name__}; allowed: a list of rule ids")
    ids = [str(rule) for rule in cast("list[Any]", given)]
    for rule in ids:
        if rule not in known:
            raise BadEnforcement(f"{where}: {rule}: there is no such rule; correct its id")
    return frozenset(ids)
