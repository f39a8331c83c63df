"""One stack of a sandbox under the engine: its place, and what its providers had to say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workload_secrets.declaration import Declaration
from workload_secrets.graph import config
from workload_secrets.sandbox import databases, substitutes
from workload_secrets.sandbox.deploy.run import ENDPOINTS, environment, site_of
from workload_secrets.sandbox.endpoints import endpoints
from workload_secrets.sandbox.engine.binary import Engine
from workload_secrets.sandbox.engine.command import initialize
from workload_secrets.sandbox.engine.real import RealProvider
from workload_secrets.sandbox.engine.workspace import Workspace, prepare
from workload_secrets.sandbox.files import read_json
from workload_secrets.sandbox.handle import Sandbox


def place(
    sandbox: Sandbox,
    project: Path,
    stack: str,
    declaration: Declaration,
    engine: Engine,
    real: Mapping[str, RealProvider] | None = None,
) -> Workspace:
    """Makes the stack's place, and the stack in its backend. `stack` is a name or a file's path; `real`
    what `real.choose` gives.

    Raises InputError for bad configuration, ServerError where the engine can't make the stack.
    """
    root = project.resolve()
    _, name = config.locate(root, stack)
    changed = {ENDPOINTS: endpoints(sandbox, name, declaration)}
    if real:
        changed |= substituted(sandbox, root, stack, declaration)[0]
    found = config.load(root, stack, changed)
    made = prepare(
        engine,
        sandbox.folder / "engine" / name,
        program=root,
        stack=found,
        sandbox=sandbox.folder,
        site=site_of(sandbox, name, declaration),
        environment={**environment(sandbox, name), **databases.environment(sandbox, name, declaration)},
        real=real,
    )
    initialize(made)
    return made


def substituted(
    sandbox: Sandbox, root: Path, stack: str, declaration: Declaration
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What stands in for what in the configuration where real providers run, by key, and in words. Our
    own providers do it themselves."""
    file = config.load(root, stack)
    prefix = f"{file.project}:"
    own = {key.removeprefix(prefix): value for key, value in file.values.items() if key.startswith(prefix)}
    changed, said = substitutes.configuration(sandbox, file.stack, declaration, own)
    return {f"{prefix}{key}": value for key, value in changed.items()}, said


def notes(workspace: Workspace) -> Mapping[str, list[str]]:
    """What all providers of all runs so far could not hold: notEnforced, declaredOnly, substitutions."""
    found: dict[str, set[str]] = {}
    for file in sorted(workspace.notes.glob("*.json")):
        lists: dict[str, list[str]] = read_json(file) or {}
        for name, lines in lists.items():
            found.setdefault(name, set()).update(lines)
    return {name: sorted(lines) for name, lines in found.items()}
