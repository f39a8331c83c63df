"""The child process of `capture`: runs one program and gives its graph."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from workload_secrets.graph import config, wire
from workload_secrets.graph.process import Reply
from workload_secrets.graph.program import ProgramRequest, run_program


def tune() -> None:
    """The collector takes a third of the SDK's time; a short-lived child can wait for it."""
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)


def main() -> None:
    """One request, one answer."""
    reply = Reply(sys.argv)
    request = reply.request()
    tune()
    try:
        root = Path(request["project"])
        file = config.load(root, request["stack"], request["overrides"])
        outcome = run_program(ProgramRequest.of(root, file, request["mode"]))
        reply.result(wire.encode(outcome.check().graph))
    except BaseException as error:  # everything goes to the parent
        reply.error(error)


if __name__ == "__main__":
    main()
