"""A stand-in for GitHub: runs, jobs, artifacts and comments of one repository, over HTTP."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.workflows.reading import SCRIPTS
from tests.workflows.serving import Asked, Reply, Served, serving

REPOSITORY = "acme/secrets"
OWN, FORK = 11, 99
SHA = "0123456789abcdef0123456789abcdef01234567"
MARKER = "<!-- workload-secrets: review of a pull request -->"
TOKEN = "job-token"
GATE, PREVIEW, PRODUCTION = 42, 43, 44
PATHS = {GATE: "pull-request.yml", PREVIEW: "preview.yml", PRODUCTION: "preview-production.yml"}
COUNTS = "create 3, update 1, replace 0, delete 2, other 0, same 61\n"


def archive(text: str = "dev: as declared", name: str = "preview.txt", **others: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for path, data in {name: text, **others}.items():
            file.writestr(path, data)
    return content.getvalue()


def engine(details: str = "changes:\n  create   x", counts: str = COUNTS) -> bytes:
    return archive(details, "details.txt", **{"summary.txt": counts})


def pull(number: int = 7, sha: str = SHA, head: int = FORK, base: str = REPOSITORY) -> dict[str, Any]:
    heads = {"sha": sha, "repo": {"id": head}}
    return {"number": number, "head": heads, "base": {"repo": {"full_name": base}}}


def bot(text: str, number: int = 5, login: str = "github-actions[bot]", kind: str = "Bot") -> dict[str, Any]:
    return {"id": number, "body": text, "user": {"login": login, "type": kind}}


def run(number: int, head: int = FORK, **changed: Any) -> dict[str, Any]:
    return {
        "id": number,
        "head_sha": SHA,
        "head_branch": "feature",
        "head_repository": {"id": head, "owner": {"login": "stranger"}},
        "repository": {"id": OWN},
        "event": "pull_request",
        "path": f".github/workflows/{PATHS.get(number, 'pull-request.yml')}",
        "status": "completed",
        "conclusion": "success",
        **changed,
    }


def job(name: str, conclusion: str | None = "success", **changed: Any) -> dict[str, Any]:
    return {
        "name": name,
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "started_at": "2026-11-30T10:00:00Z",
        "steps": [{"name": "Set up job"}],
        **changed,
    }


@dataclass
class World:
    """What GitHub would say. `trigger` is the run that the comment is told of, `jobs` and
    `artifacts` are by run; a `!` behind an artifact's name makes it another of the same name."""

    runs: list[dict[str, Any]] = field(default_factory=lambda: [run(GATE)])
    jobs: Mapping[int, list[dict[str, Any]]] = field(
        default_factory=lambda: {GATE: [job("review dev"), job("review prod"), job("gate")]}
    )
    artifacts: Mapping[int, Mapping[str, bytes]] = field(
        default_factory=lambda: {GATE: {"review-dev": archive()}}
    )
    pulls: list[dict[str, Any]] = field(default_factory=lambda: [pull()])
    comments: list[dict[str, Any]] = field(default_factory=list)
    trigger: int = GATE
    said_size: int | None = None
    uploaded: str = "2026-11-30T10:05:00Z"
    store: str = ""

    def api(self, asked: Asked) -> Reply:
        path = asked.path.removeprefix(f"/repos/{REPOSITORY}/")
        if asked.method != "GET":
            return Reply(201 if asked.method == "POST" else 200, {})
        if found := re.fullmatch(r"actions/runs/(\d+)", path):
            return Reply(data=next(one for one in self.runs if one["id"] == int(found[1])))
        if path.startswith("actions/runs?"):
            return Reply(data={"workflow_runs": self.runs})
        if found := re.fullmatch(r"actions/runs/(\d+)/jobs\?.*", path):
            return Reply(data={"jobs": self.jobs.get(int(found[1]), [])})
        if found := re.fullmatch(r"actions/runs/(\d+)/artifacts\?.*", path):
            return Reply(data={"artifacts": list(self._artifacts(int(found[1])))})
        if found := re.fullmatch(r"actions/artifacts/(\d+)/zip", path):
            return Reply(302, location=f"{self.store}/kept/{found[1]}")
        if path.startswith("pulls?"):
            return Reply(data=self.pulls)
        if path.startswith("issues/7/comments?"):
            page = int(path.rpartition("page=")[2])
            return Reply(data=self.comments[(page - 1) * 100 : page * 100])
        return Reply(404, {})

    def kept(self, asked: Asked) -> Reply:
        number = int(asked.path.rpartition("/")[2])
        return Reply(raw=list(self.artifacts[number // 1000].values())[number % 1000])

    def _artifacts(self, of: int) -> Iterator[dict[str, Any]]:
        for place, (name, content) in enumerate(self.artifacts.get(of, {}).items()):
            yield {
                "id": of * 1000 + place,
                "name": name.rstrip("!"),
                "size_in_bytes": len(content) if self.said_size is None else self.said_size,
                "expired": False,
                "created_at": self.uploaded,
            }


@dataclass(frozen=True)
class Result:
    code: int
    said: str
    written: list[Asked]
    github: Served
    store: Served

    @property
    def body(self) -> str:
        assert len(self.written) == 1, self.said
        return self.written[0].body["body"]

    def row(self, stack: str) -> list[str]:
        """A stack's row of the table, without the stack."""
        rows = [line for line in self.body.splitlines() if line.startswith(f"| {stack} |")]
        assert len(rows) == 1, self.body
        return [cell.strip() for cell in rows[0].strip("|").split("|")][1:]


@contextmanager
def servers(world: World) -> Generator[tuple[Served, Served]]:
    with serving(world.kept) as store, serving(world.api) as github:
        world.store = store.url
        yield github, store


def comment(world: World) -> Result:
    """Runs the script as the workflow does."""
    with servers(world) as (github, store):
        done = subprocess.run(
            [sys.executable, str(SCRIPTS / "comment.py")],
            env={
                "GITHUB_API_URL": github.url,
                "GITHUB_SERVER_URL": "https://github.example",
                "GITHUB_REPOSITORY": REPOSITORY,
                "GITHUB_TOKEN": TOKEN,
                "RUN_ID": str(world.trigger),
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert TOKEN not in done.stdout + done.stderr
    written = [asked for asked in github.asked if asked.method != "GET"]
    return Result(done.returncode, done.stderr, written, github, store)


def blocks(body: str) -> list[str]:
    """What stands inside each code block of a comment, by the rules of Markdown."""
    found: list[str] = []
    lines = iter(body.splitlines())
    for line in lines:
        if line.startswith("```"):
            fence, inside = line.removesuffix("text"), []
            for held in lines:
                if held.strip() == fence:
                    break
                inside.append(held)
            else:
                raise AssertionError("a code block doesn't end")
            found.append("\n".join(inside))
    return found


def block(body: str) -> str:
    """What stands inside the one code block of a comment."""
    (found,) = blocks(body)
    return found
