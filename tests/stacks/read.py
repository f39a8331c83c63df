"""Stack files as plain data, for tests."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FLAVOURS = ("aks", "eks", "generic", "openshift")
OTHERS = (
    "aws-only",
    "existing",
    "govcloud",
    "identities",
    "gateway-logins",
    "cluster-a",
    "cluster-b",
    "cluster-c",
    "rotated",
    "objects",
    "objects-engines",
    "agent",
    "database",
    "database-existing",
    "engines",
    "engines-existing",
    "kong",
    "kong-token",
    "ci",
)
"""Stacks that are about something else than a flavour."""


def path(stack: str) -> Path:
    """The file of a stack: dev, prod, or one of this folder."""
    here = ROOT / "tests" / "stacks" / f"{stack}.yaml"
    return here if here.is_file() else ROOT / f"Pulumi.{stack}.yaml"


def data(stack: str) -> dict[str, Any]:
    """Defaults of the project, replaced by the stack's own keys, without the project's name."""
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text("utf-8"))["config"]
    found = {key: value["default"] for key, value in project.items() if "default" in value}
    found |= yaml.safe_load(path(stack).read_text("utf-8"))["config"]
    return copy.deepcopy({key.removeprefix("workload-secrets:"): value for key, value in found.items()})


def changed(stack: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """A stack's data with values put at slash-separated places; the value `...` removes a key."""
    made = data(stack)
    for place, value in changes.items():
        *parents, last = place.split("/")
        target: Any = made
        for part in parents:
            target = target.setdefault(part, {})
        if value is ...:
            del target[last]
        else:
            target[last] = value
    return made
