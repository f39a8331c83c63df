"""The child process of a deploy: runs the program and makes its resources for real."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from workload_secrets.errors import ServerError
from workload_secrets.graph import config, wire
from workload_secrets.graph.child import tune
from workload_secrets.graph.process import Reply
from workload_secrets.graph.program import ProgramRequest, run_program
from workload_secrets.sandbox.deploy.call import Site
from workload_secrets.sandbox.deploy.notes import Notes
from workload_secrets.sandbox.deploy.realize import Maker
from workload_secrets.sandbox.deploy.requests import asking


def main() -> None:
    """One request, one answer: the graph, the counts and the three lists."""
    reply = Reply(sys.argv)
    request = reply.request()
    tune()
    try:
        reply.result(deploy(request, reply))
    except BaseException as error:  # everything goes to the parent
        reply.error(error)


def deploy(request: dict[str, Any], reply: Reply) -> dict[str, Any]:
    """Raises ServerError for the first resource that can't be made."""
    root = Path(request["project"])
    file = config.load(root, request["stack"], request["overrides"])
    notes = Notes()
    maker = Maker(Site.read(request["site"]), notes, asking(request["channel"]), reply.progress)
    outcome = run_program(ProgramRequest.of(root, file, "update"), maker)
    if outcome.stopped and outcome.failure is None:
        raise ServerError("the deploy was interrupted; a second one goes on where it stopped")
    outcome.check()
    return {
        "graph": wire.encode(outcome.graph),
        "created": outcome.created,
        "updated": outcome.updated,
        "same": outcome.same,
        "lists": notes.lists(),
    }


if __name__ == "__main__":
    main()
