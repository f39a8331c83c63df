"""`preview`: what a stack makes and who can read what, without credentials or network."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from workload_secrets.access.change import change
from workload_secrets.access.derived import declaration_of, derived
from workload_secrets.access.notices import notices
from workload_secrets.access.proof import Proof
from workload_secrets.cli.console import ProjectOption, StackArgument, project_folder, write
from workload_secrets.cli.revision import graph_at
from workload_secrets.cli.shown import PreviewFormat, Shown, written
from workload_secrets.errors import Exit
from workload_secrets.graph.capture import capture
from workload_secrets.review.run import review, settings_of


def preview(
    stack: StackArgument,
    format_: Annotated[PreviewFormat, typer.Option("--format", help="How the result is written.")] = "text",
    base: Annotated[str | None, typer.Option("--base", help="A git revision to compare with.")] = None,
    accept_new_access: Annotated[
        bool,
        typer.Option("--accept-new-access", help="New access since --base is meant: it is no violation."),
    ] = False,
    project: ProjectOption = None,
) -> int:
    """Shows a stack's resources, who can read what, what changed since a revision, and its review.

    Needs no credentials and no network.
    """
    folder = project_folder(project)
    graph = capture(folder, stack)
    declaration = declaration_of(graph)
    proof = Proof(stack=graph.stack, declaration=declaration, derived=derived(graph))
    found = notices(graph, declaration)
    old = graph_at(folder, base, stack) if base else None
    diff = change(old, graph) if base else None
    reviewed = review(
        graph,
        settings_of(folder, graph),
        today=datetime.now(UTC).date(),
        base=None if accept_new_access else old,
    )
    shown = Shown(graph=graph, proof=proof, notices=found, change=diff, review=reviewed)
    write(written(shown, format_))
    return _exit(shown)


def _exit(shown: Shown) -> Exit:
    refused = shown.change is not None and shown.change.refused
    if refused or not shown.review.verdict.passed or any(n.level == "violation" for n in shown.notices):
        return Exit.POLICY
    return Exit.OK if shown.proof.passed else Exit.ACCESS
