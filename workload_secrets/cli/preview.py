"""`preview`: what a stack makes and who can read what, without credentials or network."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from workload_secrets.access.change import change
from workload_secrets.access.derived import declaration_of, derived
from workload_secrets.access.notices import notices
from workload_secrets.access.proof import Proof
from workload_secrets.cli.console import ProjectOption, StackArgument, project_folder, write
from workload_secrets.cli.remarks import remarks
from workload_secrets.cli.revision import graph_at
from workload_secrets.cli.shown import PreviewFormat, Shown, dumped, reviewed, written
from workload_secrets.errors import Exit, InputError, PolicyError
from workload_secrets.graph.capture import capture
from workload_secrets.graph.config import locate
from workload_secrets.graph.model import Graph
from workload_secrets.review import sarif
from workload_secrets.review.run import review, settings_of
from workload_secrets.review.site import site


def preview(
    stack: StackArgument,
    format_: Annotated[PreviewFormat, typer.Option("--format", help="How the result is written.")] = "text",
    base: Annotated[str | None, typer.Option("--base", help="A git revision to compare with.")] = None,
    accept_new_access: Annotated[
        bool,
        typer.Option(
            "--accept-new-access", help="Access that --base doesn't have is meant: listed, not refused."
        ),
    ] = False,
    accept_deletions: Annotated[
        bool,
        typer.Option(
            "--accept-deletions", help="Deletions that take others along are meant: listed, not refused."
        ),
    ] = False,
    project: ProjectOption = None,
) -> int:
    """Shows a stack's resources, its review, who can read what, and what changed since a revision.

    Ends with 3 where a rule refuses. With --base it refuses, too, what would destroy a value, what
    takes others along when it is deleted, and what gives anybody new access. Needs no credentials
    and no network.
    """
    if accept_new_access and base is None:
        raise InputError("--accept-new-access: needs --base REVISION, since access is new against a revision")
    if accept_deletions and base is None:
        raise InputError(
            "--accept-deletions: needs --base REVISION, since a deletion is one against a revision"
        )
    folder = project_folder(project)
    graph = _captured(folder, stack, format_)
    declaration = declaration_of(graph)
    old = graph_at(folder, base, stack) if base else None
    found_by_rules = review(
        graph,
        settings_of(folder, graph),
        today=datetime.now(UTC).date(),
        base=old,
        accept_new_access=accept_new_access,
    )
    try:
        proof = Proof(stack=graph.stack, declaration=declaration, derived=derived(graph))
    except InputError:
        if found_by_rules.verdict.passed:
            raise
        # Who can read what can't be told of a document that no server takes; the rules say why.
        write(reviewed(found_by_rules, format_, site(folder, stack)))
        return Exit.POLICY
    found = notices(graph, declaration)
    diff = change(old, graph) if base else None
    shown = Shown(
        graph=graph,
        proof=proof,
        notices=found,
        change=diff,
        review=found_by_rules,
        remarks=remarks(
            diff,
            found,
            proof,
            new_stack=old is None,
            accept_new_access=accept_new_access,
            accept_deletions=accept_deletions,
        ),
        site=site(folder, stack),
    )
    write(written(shown, format_))
    return exit_of(shown)


def _captured(folder: Path, stack: str, format_: PreviewFormat) -> Graph:
    """The stack's graph. A rule that ends the program is in the SARIF log, too."""
    try:
        return capture(folder, stack)
    except PolicyError as error:
        if format_ == "sarif":
            _, name = locate(folder, stack)
            write(dumped(sarif.ended(str(error), stack=name, site=site(folder, stack))))
        raise


def exit_of(shown: Shown) -> Exit:
    """The exit code; refusals come before differences."""
    if not shown.review.verdict.passed or any(remark.refuses for remark in shown.remarks):
        return Exit.POLICY
    return Exit.OK if shown.proof.passed else Exit.ACCESS
