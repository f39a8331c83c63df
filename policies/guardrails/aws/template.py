"""The JSON of a secret's value, by its keys alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import yaml

_CATALOGUES: Final = Path(__file__).parents[3] / "components" / "catalogues"
"""The key lists as data: they stand there once, and only their names are read."""


@dataclass(frozen=True, kw_only=True)
class Template:
    """`keys` are GROUP.NAME of a nested secret, `flat` the names as they stand at the top."""

    keys: frozenset[str]
    flat: frozenset[str]

    @property
    def groups(self) -> frozenset[str]:
        return frozenset(key.partition(".")[0] for key in self.keys)


def read(text: str) -> Template | str:
    """The keys of a JSON text; or what is wrong with it, in words and without a value."""
    try:
        data: Any = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return "it is not valid JSON, or has a key twice; comments aren't allowed"
    if not isinstance(data, dict):
        return "it is no JSON object"
    found = cast("dict[str, Any]", data)
    keys: set[str] = set()
    for name, value in found.items():
        if isinstance(value, str):
            keys.add(name)
        elif isinstance(value, dict):
            members = cast("dict[str, Any]", value)
            if not all(isinstance(member, str) for member in members.values()):
                return "a value in one of its groups is no text"
            keys |= {f"{name}.{member}" for member in members}
        else:
            return "a value is neither text nor a group of texts"
    return Template(keys=frozenset(keys), flat=frozenset(found))


def nearest(keys: frozenset[str]) -> frozenset[str] | None:
    """The profile of a catalogue that has most of these keys; None where no group is one of its."""
    groups = {key.partition(".")[0] for key in keys if "." in key}
    known = [profile for profile in _profiles() if groups & {key.partition(".")[0] for key in profile}]
    return max(known, key=lambda profile: (len(profile & keys), -len(profile)), default=None)


@cache
def _profiles() -> tuple[frozenset[str], ...]:
    files = sorted(_CATALOGUES.glob("*.yaml"))
    if not files:
        raise FileNotFoundError(_CATALOGUES)
    made: list[frozenset[str]] = []
    for file in files:
        data = cast("Mapping[str, Any]", yaml.safe_load(file.read_text("utf-8")))
        groups = cast("Mapping[str, Mapping[str, Any]]", data["groups"])
        names = {f"{group}.{key}" for group, members in groups.items() for key in members}
        for entries in cast("Mapping[str, list[str]]", data["profiles"]).values():
            made.append(frozenset(n for n in names if any(n == e or n.startswith(f"{e}.") for e in entries)))
    return tuple(made)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found
