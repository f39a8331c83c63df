"""`preview`: what a stack makes and who can read what, without credentials or network."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from workload_secrets.access import report
from workload_secrets.access.change import Change, change
from workload_secrets.access.derived import declaration_of, derived
from workload_secrets.access.notices import Notice, notices
from workload_secrets.access.proof import Proof
from workload_secrets.access.resources import as_json, lines
from workload_secrets.cli.console import (
    FormatOption,
    ProjectOption,
    StackArgument,
    colour,
    project_folder,
    width,
    write,
)
from workload_secrets.cli.revision import graph_at
from workload_secrets.errors import Exit
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph


def preview(
    stack: StackArgument,
    format_: FormatOption = "text",
    base: Annotated[str | None, typer.Option("--base", help="A git revision to compare with.")] = None,
    project: ProjectOption = None,
) -> int:
    """Shows a stack's resources, who can read what, and what changed since a revision.

    Needs no credentials and no network.
    """
    folder = project_folder(project)
    graph = capture(folder, stack)
    declaration = declaration_of(graph)
    proof = Proof(stack=graph.stack, declaration=declaration, derived=derived(graph))
    found = notices(graph, declaration)
    diff = change(graph_at(folder, base, stack), graph) if base else None
    if format_ == "json":
        write(json.dumps(_json(graph, proof, found, diff), indent=2, sort_keys=True, ensure_ascii=False))
    else:
        write(_text(graph, proof, found, diff, markdown=format_ == "markdown"))
    return _exit(proof, found, diff)


def _exit(proof: Proof, found: tuple[Notice, ...], diff: Change | None) -> Exit:
    if any(n.level == "violation" for n in found) or (diff and diff.refused):
        return Exit.POLICY
    return Exit.OK if proof.passed else Exit.ACCESS


def _text(
    graph: Graph, proof: Proof, found: tuple[Notice, ...], diff: Change | None, *, markdown: bool
) -> str:
    head = "## " if markdown else ""
    parts = [f"{head}Resources: {graph.stack}", "", *_fenced(lines(graph), markdown), ""]
    if diff is not None:
        parts += [f"{head}Changes", "", *(f"- {line}" for line in diff.lines()), ""]
    if not markdown:
        parts += [f"Access: {graph.stack}", ""]
    parts += [report.render(proof, "markdown" if markdown else "text", width=width(), colour=colour())]
    if found:
        parts += [f"{head}To know", "", *(f"- {n.level}: {n.text}" for n in found)]
    return "\n".join(parts)


def _fenced(text: tuple[str, ...], markdown: bool) -> tuple[str, ...]:
    return ("```", *text, "```") if markdown else text


def _json(graph: Graph, proof: Proof, found: tuple[Notice, ...], diff: Change | None) -> dict[str, Any]:
    return {
        "stack": graph.stack,
        "resources": as_json(graph),
        "access": report.as_json(proof),
        "notices": [{"level": n.level, "text": n.text, "source": n.source} for n in found],
        "change": diff.as_json() if diff else None,
        **{name: graph.platform_output(name) for name in ("deployer", "prover", "courier", "panel")},
    }
