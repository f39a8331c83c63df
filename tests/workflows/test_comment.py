"""The comment takes what a stranger's run uploaded for text, and believes GitHub alone."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.workflows.reading import SCRIPTS
from tests.workflows.serving import Asked, Reply, Served, serving

REPOSITORY = "acme/secrets"
SHA = "0123456789abcdef0123456789abcdef01234567"
MARKER = "<!-- workload-secrets: review of a pull request -->"
TOKEN = "job-token"


def archive(text: str = "dev: as declared", name: str = "preview.txt", **others: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for path, data in {name: text, **others}.items():
            file.writestr(path, data)
    return content.getvalue()


def pull(number: int = 7, sha: str = SHA, fork: int = 99, base: str = REPOSITORY) -> dict[str, Any]:
    head = {"sha": sha, "repo": {"id": fork}}
    return {"number": number, "head": head, "base": {"repo": {"full_name": base}}}


def bot(text: str, number: int = 5, login: str = "github-actions[bot]", kind: str = "Bot") -> dict[str, Any]:
    return {"id": number, "body": text, "user": {"login": login, "type": kind}}


@dataclass
class World:
    """What GitHub would say."""

    artifacts: dict[str, bytes] = field(default_factory=lambda: {"review-dev": archive()})
    pulls: list[dict[str, Any]] = field(default_factory=lambda: [pull()])
    comments: list[dict[str, Any]] = field(default_factory=list)
    run: dict[str, Any] = field(default_factory=dict)
    said_size: int | None = None
    store: str = ""

    def api(self, asked: Asked) -> Reply:
        path = asked.path.removeprefix(f"/repos/{REPOSITORY}/")
        if asked.method != "GET":
            return Reply(201 if asked.method == "POST" else 200, {})
        if path == "actions/runs/42":
            return Reply(data=self._run())
        if path.startswith("actions/runs/42/artifacts?"):
            return Reply(data={"artifacts": list(self._artifacts())})
        if found := re.fullmatch(r"actions/artifacts/(\d+)/zip", path):
            return Reply(302, location=f"{self.store}/kept/{found[1]}")
        if path.startswith("pulls?"):
            return Reply(data=self.pulls)
        if path.startswith("issues/7/comments?"):
            page = int(path.rpartition("page=")[2])
            return Reply(data=self.comments[(page - 1) * 100 : page * 100])
        return Reply(404, {})

    def kept(self, asked: Asked) -> Reply:
        return Reply(raw=list(self.artifacts.values())[int(asked.path.rpartition("/")[2])])

    def _run(self) -> dict[str, Any]:
        return {
            "head_sha": SHA,
            "head_branch": "feature",
            "head_repository": {"id": 99, "owner": {"login": "stranger"}},
            "event": "pull_request",
            "path": ".github/workflows/pull-request.yml",
            "conclusion": "success",
            **self.run,
        }

    def _artifacts(self) -> Iterator[dict[str, Any]]:
        for number, (name, content) in enumerate(self.artifacts.items()):
            size = len(content) if self.said_size is None else self.said_size
            yield {"id": number, "name": name.rstrip("!"), "size_in_bytes": size, "expired": False}


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


@contextmanager
def servers(world: World) -> Generator[tuple[Served, Served]]:
    with serving(world.kept) as store, serving(world.api) as github:
        world.store = store.url
        yield github, store


def comment(world: World) -> Result:
    with servers(world) as (github, store):
        done = subprocess.run(
            [sys.executable, str(SCRIPTS / "comment.py")],
            env={
                "GITHUB_API_URL": github.url,
                "GITHUB_SERVER_URL": "https://github.example",
                "GITHUB_REPOSITORY": REPOSITORY,
                "GITHUB_TOKEN": TOKEN,
                "RUN_ID": "42",
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert TOKEN not in done.stdout + done.stderr
    written = [asked for asked in github.asked if asked.method != "GET"]
    return Result(done.returncode, done.stderr, written, github, store)


def block(body: str) -> str:
    """What stands inside the one code block of a comment, by the rules of Markdown."""
    lines = body.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("```"))
    fence = lines[start].removesuffix("text")
    end = next(i for i, line in enumerate(lines[start + 1 :], start + 1) if line.strip() == fence)
    assert not any(line.startswith("```") for line in lines[end + 1 :])
    return "\n".join(lines[start + 1 : end])


def test_a_review_becomes_a_new_comment() -> None:
    done = comment(World())
    assert done.code == 0
    assert (done.written[0].method, done.written[0].path) == (
        "POST",
        f"/repos/{REPOSITORY}/issues/7/comments",
    )
    assert done.body.startswith(MARKER)
    assert "`0123456` passed" in done.body
    assert block(done.body) == "dev: as declared"
    assert "https://github.example/acme/secrets/actions/runs/42" in done.body


def test_the_next_review_replaces_the_comment_on_any_page() -> None:
    talk = [bot("hello", number) for number in range(100, 200)]
    done = comment(World(comments=[*talk, bot(f"{MARKER}\nold", 5)]))
    assert (done.written[0].method, done.written[0].path) == (
        "PATCH",
        f"/repos/{REPOSITORY}/issues/comments/5",
    )


@pytest.mark.parametrize(
    "other",
    [
        bot(f"{MARKER}\nmine", 5, "stranger", "User"),
        bot(f"{MARKER}\n", 5, "other[bot]"),
        bot(f"x {MARKER}", 5),
    ],
)
def test_nobody_elses_comment_is_replaced(other: dict[str, Any]) -> None:
    assert comment(World(comments=[other])).written[0].method == "POST"


def test_the_store_of_artifacts_gets_no_credential() -> None:
    done = comment(World())
    assert done.store.asked
    assert all("authorization" not in asked.headers for asked in done.store.asked)


def test_the_number_of_the_pull_request_is_not_taken_from_the_artifact() -> None:
    lie = archive("#1", number="1", **{"pr.json": '{"number": 1}'})
    assert comment(World(artifacts={"review-dev": lie})).written[0].path.endswith("/issues/7/comments")


@pytest.mark.parametrize(
    "pulls",
    [[], [pull(sha="f" * 40)], [pull(fork=1)], [pull(base="acme/other")], [pull(), pull(8)]],
    ids=["none", "another commit", "another fork", "another repository", "two"],
)
def test_without_exactly_one_pull_request_of_that_commit_nothing_is_written(
    pulls: list[dict[str, Any]],
) -> None:
    done = comment(World(pulls=pulls))
    assert (done.code, done.written) == (0, [])


@pytest.mark.parametrize(
    "run",
    [{"event": "push"}, {"path": ".github/workflows/other.yml"}, {"conclusion": "cancelled"}],
    ids=lambda run: next(iter(run)),
)
def test_other_runs_are_left_alone(run: dict[str, Any]) -> None:
    done = comment(World(run=run))
    assert (done.code, done.written) == (0, [])


def test_a_branch_name_can_not_change_the_question() -> None:
    done = comment(World(run={"head_branch": "x&state=all&head=acme:main\r\nX: y"}))
    asked = next(asked.path for asked in done.github.asked if "/pulls?" in asked.path)
    assert "head=stranger%3Ax%26state%3Dall%26head%3Dacme%3Amain%0D%0AX%3A+y" in asked


def test_text_can_not_leave_its_code_block() -> None:
    text = "a\n```\n@everyone <img src=x> [click](https://evil.example)\n````` \n</details>\n~~~\nz"
    body = comment(World(artifacts={"review-dev": archive(text)})).body
    assert "@everyone <img src=x>" in block(body)
    assert block(body).endswith("z")


def test_text_shows_no_hidden_character_and_commands_the_runner_to_nothing() -> None:
    text = "\x1b[31mred\x1b[0m \u202egnp.exe\u200b\x00 ok\r\n::add-mask::x\n::error::y"
    done = comment(World(artifacts={"review-dev": archive(text)}))
    assert block(done.body) == "red gnp.exe ok\n::add-mask::x\n::error::y"
    assert "::" not in done.said


def test_a_long_text_is_cut_at_a_line() -> None:
    text = "\n".join(f"line {number}" for number in range(30_000))
    artifacts = {"review-dev": archive(text), "review-prod": archive(text)}
    body = comment(World(artifacts=artifacts)).body
    assert len(body) <= 60_000
    assert body.count("…") == 2
    assert re.search(r"\nline \d+\n…\n```", body)
    assert "prod" in body


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (archive("x" * 600_000), "more than 524288 bytes"),
        (archive("x" * 80_000_000), "more than 524288 bytes"),
        (archive("x", name="other.txt"), "holds no preview.txt"),
        (archive("x", name="../preview.txt"), "holds no preview.txt"),
        (b"not a zip", "no readable archive"),
        (archive("y" * 5000)[:-40], "no readable archive"),
        (b"PK" * 3_000_000, "more than 2097152 bytes"),
    ],
    ids=["long file", "bomb", "other file", "path", "no archive", "broken", "long archive"],
)
def test_an_archive_that_can_not_be_shown_says_why(content: bytes, why: str) -> None:
    done = comment(World(artifacts={"review-dev": content}))
    assert done.code == 0
    assert why in done.body
    assert len(done.body) < 1000


def test_a_size_that_lies_does_not_help() -> None:
    done = comment(World(artifacts={"review-dev": b"PK" * 3_000_000}, said_size=10))
    assert "more than 2097152 bytes" in done.body


def test_only_names_of_ours_are_looked_at() -> None:
    names = [
        "review-<b>",
        "review-dev/../x",
        "Review-dev",
        "review-",
        "coverage",
    ]
    done = comment(World(artifacts={name: archive() for name in names}))
    assert "left nothing to show" in done.body
    assert done.store.asked == []


def test_of_a_run_that_was_repeated_the_newest_is_shown() -> None:
    artifacts = {"review-dev": archive("first"), "review-dev!": archive("second")}
    assert block(comment(World(artifacts=artifacts)).body) == "second"


def test_at_most_ten_stacks_are_fetched() -> None:
    done = comment(World(artifacts={f"review-s{number}": archive() for number in range(30)}))
    assert done.body.count("<details>") == len(done.store.asked) == 10


def test_text_that_is_not_utf8_is_shown_as_far_as_it_goes() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("preview.txt", b"ok \xff\xfe end")
    assert block(comment(World(artifacts={"review-dev": content.getvalue()})).body) == "ok \ufffd\ufffd end"


def test_a_failing_github_fails_the_job_without_saying_more() -> None:
    done = comment(World(run={"head_sha": "no hash"}, pulls=[pull(sha="no hash")]))
    assert done.code == 5
    assert done.written == []
    assert "Traceback" not in done.said
