"""How the gate and the engine's previews stand for one commit, and what they left to show.

How a run or a job stands is GitHub's word; names of jobs and what is in an artifact are the
pull request's. https://docs.github.com/en/rest/actions/workflow-jobs
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from github import Artifact, GitHub, Job, Run
from untrusted import ARCHIVE_LIMIT, UnfitError, member
from web import WebError

GATE: Final = ".github/workflows/pull-request.yml"
PREVIEWS: Final = (".github/workflows/preview.yml", ".github/workflows/preview-production.yml")
STACKS: Final = 10
"""How many stacks are shown, and whose artifacts are fetched."""
_STACK: Final = r"([a-z0-9][a-z0-9-]{0,39})"
_COUNTS: Final = re.compile(
    r"create (\d{1,6}), update (\d{1,6}), replace (\d{1,6}), delete (\d{1,6}), "
    r"other (\d{1,6}), same (\d{1,6})\n?",
    re.ASCII,
)
_ENDS: Final = {
    "success": "passed",
    "failure": "failed",
    "timed_out": "took too long",
    "cancelled": "cancelled",
    "skipped": "skipped",
    "action_required": "waits for approval",
    "startup_failure": "could not start",
}
_STATES: Final = {"in_progress": "runs", "waiting": "waits for approval"}


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """Names of a job and of an artifact, with the stack; the artifact's file that is shown, and
    the one with counts."""

    job: re.Pattern[str]
    artifact: re.Pattern[str]
    shown: str
    counted: str | None = None


_REVIEW: Final = _Kind(
    job=re.compile(f"review {_STACK}"), artifact=re.compile(f"review-{_STACK}"), shown="preview.txt"
)
_ENGINE: Final = _Kind(
    job=re.compile(f"{_STACK} / preview"),
    artifact=re.compile(f"engine-{_STACK}"),
    shown="details.txt",
    counted="summary.txt",
)


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one job says of a stack. `state` is a word of ours; `counts` are create, update,
    replace, delete, other and same; `shown` is the pull request's text, or `unfit` says why it
    can't be shown."""

    stack: str
    state: str
    counts: Sequence[int] = ()
    shown: str | None = None
    unfit: str | None = None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`runs` are the newest of each workflow, by its file; `reviews` and `engines` are by stack.
    `silent` are the files of previews that name no stack, with how they stand."""

    commit: str
    fork: bool
    runs: Mapping[str, Run]
    silent: Mapping[str, str]
    reviews: Mapping[str, Part]
    engines: Mapping[str, Part]

    @property
    def stacks(self) -> list[str]:
        """Every stack that any job is about."""
        return sorted({*self.reviews, *self.engines})


def standing(github: GitHub, run: Run) -> Standing:
    """How everything stands for the commit of a run. Raises WebError, ValueError."""
    if not re.fullmatch(r"[0-9a-f]{40,64}", run.head_sha):
        raise ValueError
    newest: dict[str, Run] = {}
    for one in github.runs_beside(run):
        newest.setdefault(one.path, one)
    newest = {path: newest[path] for path in (GATE, *PREVIEWS) if path in newest}
    engines: dict[str, Part] = {}
    silent: dict[str, str] = {}
    for path in PREVIEWS:
        previewed = newest.get(path)
        parts = _parts(github, previewed, _ENGINE)
        engines |= parts
        if not parts:
            silent[path] = state(previewed) if previewed else "no run for this commit"
    return Standing(
        commit=run.head_sha,
        fork=run.fork,
        runs=newest,
        silent=silent,
        reviews=_parts(github, newest.get(GATE), _REVIEW),
        engines=engines,
    )


def state(one: Run | Job) -> str:
    """How a run or a job stands, in words."""
    if one.status != "completed":
        return _STATES.get(one.status, "waits to run")
    return _ENDS.get(one.conclusion, "ended")


def _parts(github: GitHub, run: Run | None, kind: _Kind) -> dict[str, Part]:
    if run is None:
        return {}
    named = {match[1]: job for job in github.jobs(run) if (match := kind.job.fullmatch(job.name))}
    kept = _newest(github.artifacts(run), kind.artifact) if named else {}
    return {
        stack: _part(github, kind, stack, named[stack], kept.get(stack)) for stack in sorted(named)[:STACKS]
    }


def _newest(artifacts: Iterable[Artifact], named: re.Pattern[str]) -> dict[str, Artifact]:
    """The newest of each stack: a run that is repeated uploads again."""
    ordered = sorted(artifacts, key=lambda one: one.number)
    return {match[1]: one for one in ordered if (match := named.fullmatch(one.name))}


def _part(github: GitHub, kind: _Kind, stack: str, job: Job, artifact: Artifact | None) -> Part:
    said = state(job)
    if job.conclusion == "failure" and not job.begun:
        said = "was not allowed to run"
    if artifact is None or artifact.created_at < job.started_at:  # of an earlier attempt
        return Part(stack=stack, state=said)
    try:
        if artifact.size > ARCHIVE_LIMIT:
            raise UnfitError(f"it has more than {ARCHIVE_LIMIT} bytes")
        archive = github.download(artifact, ARCHIVE_LIMIT)
        shown = member(archive, kind.shown)
        counts = _counted(member(archive, kind.counted)) if kind.counted else ()
    except (UnfitError, WebError) as error:
        return Part(stack=stack, state=said, unfit=str(error))
    return Part(stack=stack, state=said, counts=counts, shown=shown)


def _counted(line: str) -> tuple[int, ...]:
    found = _COUNTS.fullmatch(line)
    if found is None:
        raise UnfitError("its counts are not as expected")
    return tuple(int(number) for number in found.groups())
