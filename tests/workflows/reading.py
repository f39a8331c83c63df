"""The workflows as data."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github"
FILES = sorted((FOLDER / "workflows").glob("*.yml"))
ACTIONS = sorted((FOLDER / "actions").glob("*/action.yml"))
SCRIPTS = FOLDER / "scripts"
STACKS = sorted(file.name.split(".")[1] for file in ROOT.glob("Pulumi.*.yaml") if "sandbox" not in file.name)


@cache
def load(file: Path) -> dict[str, Any]:
    """A file; `on`, which YAML 1.1 takes for true, has its name."""
    data = yaml.safe_load(file.read_text("utf-8"))
    return {"on" if key is True else key: value for key, value in data.items()}


def jobs(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for key, job in load(file)["jobs"].items():
        yield f"{file.name}: {key}", job


def every_job() -> list[tuple[str, dict[str, Any]]]:
    return [job for file in FILES for job in jobs(file)]


def every_step() -> list[tuple[str, dict[str, Any]]]:
    """Every step of workflows and actions, with where it stands."""
    found = [(where, step) for where, job in every_job() for step in job.get("steps", ())]
    of_actions = [(f.parent.name, step) for f in ACTIONS for step in load(f)["runs"]["steps"]]
    return [(f"{where}: {step.get('name')}", step) for where, step in (*found, *of_actions)]
