"""What the comment needs of GitHub's API: runs, jobs, pull requests, artifacts, comments.

Everything is asked of the API of one repository; nothing comes from what a run uploaded.
https://docs.github.com/en/rest
"""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from web import Answer, WebError, ask

_PAGE: Final = 100
_PAGES: Final = 30
BOT: Final = "github-actions[bot]"


@dataclass(frozen=True)
class Run:
    """A run of a workflow. `path` is the workflow's file; `fork` says that its code is of
    another repository; `conclusion` is empty until it ends."""

    number: int
    head_sha: str
    head_branch: str
    head_repository: int
    head_owner: str
    fork: bool
    event: str
    path: str
    status: str
    conclusion: str


@dataclass(frozen=True)
class Job:
    """A job of a run's last attempt. Its name is the run's own word; how it stands is GitHub's.
    `begun`: a runner took it."""

    name: str
    status: str
    conclusion: str
    started_at: str
    begun: bool


@dataclass(frozen=True)
class Artifact:
    """What a run uploaded; its name is the run's own word."""

    number: int
    name: str
    size: int
    created_at: str


class GitHub:
    """One repository, as the job's token sees it. Every method raises WebError."""

    def __init__(self, api: str, repository: str, token: str) -> None:
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository, re.ASCII):
            raise WebError("GITHUB_REPOSITORY is not OWNER/NAME")
        self._base = f"{api.rstrip('/')}/repos/{repository}"
        self._repository = repository
        self._headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "X-GitHub-Api-Version": "2022-11-28",
        }

    def run(self, number: int) -> Run:
        """A run, as GitHub knows it."""
        return _run(self._get(f"actions/runs/{number}"))

    def runs_beside(self, run: Run) -> list[Run]:
        """The runs for the same commit of the same branch, newest first; `run` is one of them."""
        query = urllib.parse.urlencode({"head_sha": run.head_sha, "event": run.event, "per_page": _PAGE})
        found = [_run(one) for one in self._get(f"actions/runs?{query}")["workflow_runs"]]
        same = [r for r in found if _commit(r) == _commit(run) and r.number != run.number]
        return sorted([*same, run], key=lambda one: one.number, reverse=True)

    def jobs(self, run: Run) -> list[Job]:
        """The jobs of a run's last attempt."""
        return [
            Job(
                name=str(one["name"]),
                status=str(one["status"]),
                conclusion=str(one["conclusion"] or ""),
                started_at=str(one["started_at"] or ""),
                begun=bool(one["steps"]),
            )
            for one in self._get(f"actions/runs/{run.number}/jobs?per_page={_PAGE}")["jobs"]
        ]

    def pull_request(self, run: Run) -> int | None:
        """The one open pull request whose newest commit the run looked at; else None.

        Asked by branch: a fork's commits are not found by their hash, and `pull_requests`
        of such a run is empty.
        """
        query = urllib.parse.urlencode({"state": "open", "head": f"{run.head_owner}:{run.head_branch}"})
        numbers = [
            int(pull["number"])
            for pull in self._pages(f"pulls?{query}")
            if pull["head"]["sha"] == run.head_sha
            and (pull["head"]["repo"] or {}).get("id") == run.head_repository
            and pull["base"]["repo"]["full_name"] == self._repository
        ]
        return numbers[0] if len(numbers) == 1 else None

    def artifacts(self, run: Run) -> list[Artifact]:
        """Everything that a run uploaded and that is still there."""
        found = self._get(f"actions/runs/{run.number}/artifacts?per_page={_PAGE}")["artifacts"]
        return [
            Artifact(int(one["id"]), str(one["name"]), int(one["size_in_bytes"]), str(one["created_at"]))
            for one in found
            if not one["expired"]
        ]

    def download(self, artifact: Artifact, limit: int) -> bytes:
        """An artifact's archive. The store that keeps it gets no credential of ours."""
        answer = self._ask("GET", f"actions/artifacts/{artifact.number}/zip")
        if answer.status not in (301, 302, 303, 307, 308) or not answer.location:
            raise WebError(f"artifact {artifact.number}: status {answer.status}")
        stored = ask("GET", answer.location, {}, limit=limit)
        if stored.status != 200:
            raise WebError(f"artifact {artifact.number}: its store says {stored.status}")
        return stored.body

    def own_comment(self, pull_request: int, marker: str) -> int | None:
        """The comment of this job's account that begins with `marker`."""
        for comment in self._pages(f"issues/{pull_request}/comments?"):
            by = comment["user"] or {}
            if by.get("login") == BOT and by.get("type") == "Bot" and comment["body"].startswith(marker):
                return int(comment["id"])
        return None

    def write_comment(self, pull_request: int, comment: int | None, body: str) -> None:
        """Makes a comment, or replaces the text of one."""
        method, path = ("POST", f"issues/{pull_request}/comments")
        if comment is not None:
            method, path = ("PATCH", f"issues/comments/{comment}")
        answer = self._ask(method, path, {"body": body})
        if answer.status not in (200, 201):
            raise WebError(f"{method} {path}: status {answer.status}")

    def _pages(self, path: str) -> Iterator[Any]:
        for page in range(1, _PAGES + 1):
            found = self._get(f"{path}&per_page={_PAGE}&page={page}")
            yield from found
            if len(found) < _PAGE:
                return

    def _get(self, path: str) -> Any:
        answer = self._ask("GET", path)
        if answer.status != 200:
            raise WebError(f"GET {path.partition('?')[0]}: status {answer.status}")
        return answer.json()

    def _ask(self, method: str, path: str, body: Mapping[str, str] | None = None) -> Answer:
        data = json.dumps(body).encode() if body is not None else None
        return ask(method, f"{self._base}/{path}", self._headers, body=data)


def _run(found: Any) -> Run:
    head = found["head_repository"] or {}
    return Run(
        number=int(found["id"]),
        head_sha=str(found["head_sha"]),
        head_branch=str(found["head_branch"]),
        head_repository=int(head.get("id", 0)),
        head_owner=str(head.get("owner", {}).get("login", "")),
        fork=head.get("id") != found["repository"]["id"],
        event=str(found["event"]),
        path=str(found["path"]).partition("@")[0],
        status=str(found["status"]),
        conclusion=str(found["conclusion"] or ""),
    )


def _commit(run: Run) -> tuple[str, str, int, str]:
    return run.head_sha, run.head_branch, run.head_repository, run.event
