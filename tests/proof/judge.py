"""Whether a planted mistake showed where its entry says."""

from __future__ import annotations

from typing import Any

from tests.proof.mistakes import Column, Mistake, sentences
from tests.proof.scratch import Run
from workload_secrets.errors import Exit


def assert_derived(mistake: Mistake, run: Run) -> None:
    """The access of `preview` shows it, or shows nothing where no document can. The review comes
    before, and may refuse the mistake as well."""
    if not mistake.shows("derived"):
        found = _found(run.json["access"], "derived")
        assert not found, f"a document shows it: {run.err}{found}"
        assert run.code in (Exit.OK, Exit.POLICY), f"exit {run.code}\n{run.err[-2000:]}"
        return
    assert run.code in (Exit.POLICY, Exit.ACCESS), f"it survived: exit {run.code}\n{run.err[-2000:]}"
    _assert_differs(mistake, run.json["access"], "derived")


def assert_observed(mistake: Mistake, run: Run) -> None:
    """`rehearse` found it by its logins, or failed with the stated message."""
    if mistake.fails:
        assert run.code == Exit.SERVER, f"it survived: exit {run.code}\n{run.err[-2000:]}"
        missing = [part for part in mistake.fails if part not in run.err]
        assert not missing, f"the message lacks {missing}:\n{run.err[-2000:]}"
        return
    assert run.code == Exit.ACCESS, f"it survived: exit {run.code}\n{run.err[-2000:]}"
    columns: tuple[Column, ...] = ("derived", "observed") if mistake.seen == "both" else ("observed",)
    for column in columns:
        _assert_differs(mistake, run.json["stacks"][0], column)
    said = run.json["stacks"][0]["misuse"]
    missing = [start for start in mistake.misused if not any(line.startswith(start) for line in said)]
    assert not missing, f"using it doesn't show {missing}; found: {said[:20]}"


def _assert_differs(mistake: Mistake, access: dict[str, Any], column: Column) -> None:
    found = sentences(access, column)
    wanted = (mistake.unsure if column == "derived" else ()) or mistake.differs
    missing = [sentence for sentence in wanted if sentence not in found]
    assert not missing, f"not {column}: {missing}; found: {_found(access, column)}"


def _found(access: dict[str, Any], column: Column) -> list[str]:
    return sorted(sentences(access, column))[:20]
