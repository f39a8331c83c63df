"""`review`: the rules over what is deployed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from workload_secrets.cli.console import ProjectOption, project_folder, project_here, say, write
from workload_secrets.cli.shown import PreviewFormat, reviewed
from workload_secrets.errors import Exit
from workload_secrets.graph.state import from_state, from_stream
from workload_secrets.review.run import review as run
from workload_secrets.review.run import settings_of, strictest
from workload_secrets.review.site import Site, site


def review(
    state: Annotated[
        Path,
        typer.Option(
            "--state", metavar="FILE", help="The output of `pulumi stack export`; - reads standard input."
        ),
    ],
    format_: Annotated[PreviewFormat, typer.Option("--format", help="How the result is written.")] = "text",
    project: ProjectOption = None,
) -> int:
    """Reviews what is deployed, from an export of the stack's state.

    Ends with 3 where a rule refuses. Waivers and levels are those of the project's folder policies;
    outside a project there are none, and every rule refuses. Needs no credentials and no network.
    """
    stdin = str(state) == "-"
    graph = from_stream(sys.stdin.buffer, "standard input") if stdin else from_state(state)
    folder = project_folder(project) if project else project_here(None)
    if folder is None:
        say("no project here: no waiver counts, and every rule refuses")
    given = strictest(graph) if folder is None else settings_of(folder, graph)
    found = run(graph, given, today=datetime.now(UTC).date(), way="state")
    write(reviewed(found, format_, Site() if folder is None else site(folder, graph.stack)))
    return Exit.OK if found.verdict.passed else Exit.POLICY
