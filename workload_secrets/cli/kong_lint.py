"""`kong lint`: what is wrong with a gateway's references, and with the decK files that use them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import typer

from workload_secrets.access.derived import declaration_of
from workload_secrets.cli.console import ProjectOption, StackArgument, project_folder, write
from workload_secrets.declaration import Declaration
from workload_secrets.errors import Exit, InputError
from workload_secrets.graph import config
from workload_secrets.graph.capture import capture
from workload_secrets.kong import deckfile
from workload_secrets.kong.finding import Finding
from workload_secrets.kong.lint import Place
from workload_secrets.kong.lint import lint as findings

GatewayOption = Annotated[
    str | None, typer.Option("--gateway", metavar="NAME", help="Which of the stack's gateways.")
]


def lint(
    stack: StackArgument,
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE", help="decK files.")] = None,
    gateway: GatewayOption = None,
    format_: Annotated[
        Literal["text", "json"], typer.Option("--format", help="How the result is written.")
    ] = "text",
    project: ProjectOption = None,
) -> int:
    """Checks a gateway's references, and the references and credentials in decK files.

    Without a file and a gateway's name it checks the references of every gateway. Needs no
    credentials and no network, and prints no field's value.
    """
    read = [deckfile.read(file) for file in files or ()]
    folder = project_folder(project)
    declaration = declaration_of(capture(folder, stack))
    file, _ = config.locate(folder, stack)
    found = {
        name: findings(declaration, name, Place.of(file, name, _shown(file, folder)), read)
        for name in _chosen(declaration, stack, gateway, len(read))
    }
    if format_ == "json":
        write(json.dumps({"gateways": [_json(*one) for one in found.items()]}, indent=2))
    else:
        write("\n".join(_text(name, of, len(read)) for name, of in found.items()))
    every = [finding for of in found.values() for finding in of]
    return Exit.POLICY if any(f.problem.level == "violation" for f in every) else Exit.OK


def _chosen(declaration: Declaration, stack: str, name: str | None, files: int) -> list[str]:
    """The gateway of that name, else all; a file is one gateway's."""
    names = sorted(declaration.gateways)
    if not names:
        raise InputError(f"{stack} declares no gateway; declare one in workload-secrets:gateways")
    if name is None and len(names) > 1 and files:
        raise InputError(f"{stack} has several gateways: {', '.join(names)}; choose one with --gateway NAME")
    if name is not None and name not in names:
        raise InputError(f"--gateway {name}: {stack} declares no such gateway, but {', '.join(names)}")
    return [name] if name else names


def _text(gateway: str, found: tuple[Finding, ...], files: int) -> str:
    levels = Counter(f.problem.level for f in found)
    counted = [
        f"{n} {level}{'s' if n > 1 else ''}"
        for level in ("violation", "warning", "note")
        if (n := levels[level])
    ]
    what = f"{files} decK file{'s' if files > 1 else ''}" if files else "no decK file"
    last = f"gateway {gateway}, {what}: {', '.join(counted) or 'nothing found'}"
    return "\n".join([*(f.text() for f in found), last])


def _json(gateway: str, found: tuple[Finding, ...]) -> dict[str, object]:
    return {"gateway": gateway, "findings": [f.document() for f in found]}


def _shown(file: Path, folder: Path) -> str:
    path, root = file.resolve(), folder.resolve()
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(file)
