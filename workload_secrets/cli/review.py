"""`review`: the rules over what is deployed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from workload_secrets.cli.console import ProjectOption, project_folder, write
from workload_secrets.cli.shown import PreviewFormat
from workload_secrets.errors import Exit
from workload_secrets.graph.state import from_state
from workload_secrets.review import report, sarif
from workload_secrets.review.run import review as reviewed
from workload_secrets.review.run import settings_of


def review(
    state: Annotated[Path, typer.Option("--state", help="The output of `pulumi stack export`.")],
    format_: Annotated[PreviewFormat, typer.Option("--format", help="How the result is written.")] = "text",
    project: ProjectOption = None,
) -> int:
    """Reviews what is deployed, from an export of the stack's state."""
    graph = from_state(state)
    given = settings_of(project_folder(project), graph)
    found = reviewed(graph, given, today=datetime.now(UTC).date(), way="state")
    if format_ == "sarif":
        write(json.dumps(sarif.log(found), indent=2, sort_keys=True, ensure_ascii=False))
    elif format_ == "json":
        write(json.dumps({"stack": found.stack, **report.as_json(found)}, indent=2, sort_keys=True))
    else:
        head = f"## Review: {found.stack}" if format_ == "markdown" else f"Review: {found.stack}"
        write("\n".join((head, "", *report.lines(found))))
    return Exit.OK if found.verdict.passed else Exit.POLICY
