"""The command line as it describes itself."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
from collections.abc import Sequence
from datetime import date
from typing import Final

from docs.generator.graphs import graph
from docs.generator.markdown import code, fenced, table
from workload_secrets.access import report
from workload_secrets.access.derived import declaration_of, derived
from workload_secrets.access.proof import Proof
from workload_secrets.cli.main import run
from workload_secrets.errors import Exit
from workload_secrets.review import report as review_report
from workload_secrets.review.run import review as reviewed
from workload_secrets.review.run import strictest

_MEANING: Final = {
    Exit.OK: "fine",
    Exit.INTERNAL: "our fault: please report it",
    Exit.INPUT: "bad input or usage; the message names file, key, value got, what is allowed and the remedy",
    Exit.POLICY: "a rule refuses, a change would destroy a value or give new access, or a state or log isn't "
    "shown to be without secrets",
    Exit.ACCESS: "access differs from what is declared, or a required value is missing or too old",
    Exit.SERVER: "a server or an outside tool failed or could not be reached",
}


def exits() -> list[str]:
    """The exit codes; the first failing stage decides."""
    return table(("code", "meaning"), ((code(str(int(e))), _MEANING[e]) for e in Exit))


def help_text(*verb: str) -> list[str]:
    """What `--help` of a verb prints."""
    out, before = io.StringIO(), os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "100"
    try:
        with contextlib.redirect_stdout(out):
            run([*verb, "--help"])
    finally:
        os.environ.pop("COLUMNS", None)
        if before is not None:
            os.environ["COLUMNS"] = before
    text = "\n".join(line.rstrip() for line in out.getvalue().strip().splitlines())
    return fenced(text)


def ran(*words: str) -> list[str]:
    """A command that needs no server, with all that it prints."""
    return _ends(words, Exit.OK)


def refused(stack: str) -> list[str]:
    """The message that a stack file gets."""
    return _ends(("preview", stack), Exit.INPUT)


def _ends(words: Sequence[str], wanted: Exit) -> list[str]:
    """Raises ValueError where it ends with another code: no page shows that."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = run(words)
    if code != wanted:
        raise ValueError(f"{shlex.join(words)} ended with {code}: {out.getvalue()}")
    return fenced(f"$ workload-secrets {shlex.join(words)}\n{out.getvalue()}")


def review(stack: str) -> list[str]:
    """What `preview` says of a stack's review, where no waiver counts."""
    found = graph(stack)
    return fenced(review_report.render(reviewed(found, strictest(found), today=date.max)).rstrip())


def preview(stack: str, rows: str = "4") -> list[str]:
    """The access table of `preview`: its first rows and its summary."""
    found = graph(stack)
    proof = Proof(stack=found.stack, declaration=declaration_of(found), derived=derived(found))
    header, body = report.rows(proof)
    shown = body[: int(rows)]
    drawn = report.table_text((header, shown), width=120).rstrip().splitlines()
    more = f"… {len(body) - len(shown)} more rows"
    return fenced("\n".join([*drawn, more, proof.summary()]))
