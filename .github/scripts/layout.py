"""The text of the comment: a table of how each stack stands, then what was printed, folded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from standing import STACKS, Part, Standing
from untrusted import fenced

LIMIT: Final = 60_000
"""Characters. GitHub refuses a comment over 65,536."""
_COLUMNS: Final = ("create", "update", "replace", "delete", "other", "unchanged")
_FOLD: Final = 200
"""Characters around a folded text, at most."""


def laid_out(found: Standing, repository: str, limit: int) -> str:
    """The comment, in at most `limit` characters. `repository` is its address."""
    head = "\n".join(_head(found, repository))
    parts = list(_parts(found))
    if not parts:
        return f"{head}\n\nNothing to show yet.\n"
    room = (limit - len(head) - 1) // len(parts) - _FOLD
    return f"{head}\n{''.join(_folded(part, title, room) for title, part in parts)}"


def _head(found: Standing, repository: str) -> Iterator[str]:
    yield f"### Workload secrets: `{found.commit[:7]}`"
    yield ""
    stacks = found.stacks[:STACKS]
    if stacks:
        yield from _table(found, stacks)
        yield ""
    if found.fork:
        yield "The engine's preview needs credentials, and pull requests of forks get none."
    else:
        yield from (f"- `{_file(path)}`: {said}" for path, said in found.silent.items())
    yield ""
    links = [f"[{_file(path)}]({repository}/actions/runs/{run.number})" for path, run in found.runs.items()]
    yield f"In full: {', '.join(links)}. Counts and texts are what the pull request's own program printed."


def _table(found: Standing, stacks: list[str]) -> Iterator[str]:
    yield f"| stack | review | engine | {' | '.join(_COLUMNS)} |"
    yield f"|---|---|---|{'---:|' * len(_COLUMNS)}"
    for stack in stacks:
        review, engine = found.reviews.get(stack), found.engines.get(stack)
        counts = [str(n) for n in engine.counts] if engine and engine.counts else [""] * len(_COLUMNS)
        cells = [stack, review.state if review else "", engine.state if engine else "", *counts]
        yield f"| {' | '.join(cells)} |"


def _parts(found: Standing) -> Iterator[tuple[str, Part]]:
    """What there is to show, with its title: the engine's first."""
    kinds = (("what the engine would do", found.engines), ("the review", found.reviews))
    for title, parts in kinds:
        for part in parts.values():
            if part.shown is not None or part.unfit is not None:
                yield title, part


def _folded(part: Part, title: str, room: int) -> str:
    if part.shown is None:
        return f"\n**{part.stack}**, {title}: can't be shown: {part.unfit}\n"
    summary = f"<summary><b>{part.stack}</b>: {title}</summary>"
    return f"\n<details>{summary}\n\n{fenced(part.shown, room)}\n\n</details>\n"


def _file(path: str) -> str:
    return PurePosixPath(path).name
