"""`prove`: the live environment, by logins that change nothing."""

from __future__ import annotations

import json

from workload_secrets.access import report
from workload_secrets.access.derived import declaration_of, derived
from workload_secrets.access.observed.live import Live
from workload_secrets.access.proof import Proof
from workload_secrets.cli.console import (
    FormatOption,
    Progress,
    ProjectOption,
    StackArgument,
    colour,
    project_folder,
    width,
    write,
)
from workload_secrets.errors import Exit
from workload_secrets.graph.capture import capture


def prove(stack: StackArgument, format_: FormatOption = "text", project: ProjectOption = None) -> int:
    """Logs in to the live environment as every workload and shows who can read what.

    Changes nothing. In production it also ends with 4 where a value is older than declared.
    Needs the right to read the stack's ServiceAccounts and to ask for their
    tokens; the stack's output `prover` holds exactly those objects.
    """
    progress = Progress()
    folder = project_folder(project)
    graph = capture(folder, stack)
    declaration = declaration_of(graph)
    live = Live(graph, folder)
    missing = live.missing()
    progress(f"{graph.stack}: prerequisites looked at")
    observed = live.observe()
    progress(f"{graph.stack}: logged in as {len(declaration.principals)} accounts")
    ages = live.ages()
    proof = Proof(
        stack=graph.stack,
        declaration=declaration,
        derived=derived(graph),
        observed=observed,
        missing=(*missing, *live.unversioned(), *live.without_value()),
        contents=(*live.contents(), *ages.unsure),
        overdue=ages.overdue,
    )
    if format_ == "json":
        data = report.as_json(proof)
        write(json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False))
    else:
        write(report.render(proof, format_, width=width(), colour=colour()))
    return Exit.OK if proof.passed else Exit.ACCESS
