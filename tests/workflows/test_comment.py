"""The comment takes what a stranger's run uploaded for text, and believes GitHub alone."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest

from tests.workflows.github_world import (
    GATE,
    MARKER,
    REPOSITORY,
    World,
    archive,
    block,
    bot,
    comment,
    job,
    pull,
    run,
)


def reviewed(*stacks: str, **changed: Any) -> World:
    """A gate that looked at these stacks."""
    return World(jobs={GATE: [job(f"review {stack}") for stack in stacks]}, **changed)


def test_a_review_becomes_a_new_comment() -> None:
    done = comment(World())
    assert done.code == 0
    assert (done.written[0].method, done.written[0].path) == (
        "POST",
        f"/repos/{REPOSITORY}/issues/7/comments",
    )
    assert done.body.startswith(MARKER)
    assert "`0123456`" in done.body
    assert done.row("dev")[0] == "passed"
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
    assert (
        comment(World(artifacts={GATE: {"review-dev": lie}})).written[0].path.endswith("/issues/7/comments")
    )


@pytest.mark.parametrize(
    "pulls",
    [[], [pull(sha="f" * 40)], [pull(head=1)], [pull(base="acme/other")], [pull(), pull(8)]],
    ids=["none", "another commit", "another fork", "another repository", "two"],
)
def test_without_exactly_one_pull_request_of_that_commit_nothing_is_written(
    pulls: list[dict[str, Any]],
) -> None:
    done = comment(World(pulls=pulls))
    assert (done.code, done.written) == (0, [])


@pytest.mark.parametrize(
    "changed",
    [{"event": "push"}, {"path": ".github/workflows/other.yml"}],
    ids=lambda changed: next(iter(changed)),
)
def test_other_runs_are_left_alone(changed: dict[str, Any]) -> None:
    done = comment(World(runs=[run(GATE, **changed)]))
    assert (done.code, done.written) == (0, [])


def test_a_branch_name_can_not_change_the_question() -> None:
    done = comment(World(runs=[run(GATE, head_branch="x&state=all&head=acme:main\r\nX: y")]))
    asked = next(asked.path for asked in done.github.asked if "/pulls?" in asked.path)
    assert "head=stranger%3Ax%26state%3Dall%26head%3Dacme%3Amain%0D%0AX%3A+y" in asked


def test_text_can_not_leave_its_code_block() -> None:
    text = "a\n```\n@everyone <img src=x> [click](https://evil.example)\n````` \n</details>\n~~~\nz"
    body = comment(World(artifacts={GATE: {"review-dev": archive(text)}})).body
    assert "@everyone <img src=x>" in block(body)
    assert block(body).endswith("z")


def test_text_shows_no_hidden_character_and_commands_the_runner_to_nothing() -> None:
    text = "\x1b[31mred\x1b[0m \u202egnp.exe\u200b\x00 ok\r\n::add-mask::x\n::error::y"
    done = comment(World(artifacts={GATE: {"review-dev": archive(text)}}))
    assert block(done.body) == "red gnp.exe ok\n::add-mask::x\n::error::y"
    assert "::" not in done.said


def test_a_line_without_end_is_cut() -> None:
    body = comment(World(artifacts={GATE: {"review-dev": archive("a\n" + "x" * 400_000 + "\nz")}})).body
    assert block(body) == f"a\n{'x' * 1000}…\nz"


def test_a_long_text_is_cut_at_a_line() -> None:
    text = "\n".join(f"line {number}" for number in range(30_000))
    artifacts = {GATE: {"review-dev": archive(text), "review-prod": archive(text)}}
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
    done = comment(World(artifacts={GATE: {"review-dev": content}}))
    assert done.code == 0
    assert why in done.body
    assert len(done.body) < 1000


def test_a_size_that_lies_does_not_help() -> None:
    done = comment(World(artifacts={GATE: {"review-dev": b"PK" * 3_000_000}}, said_size=10))
    assert "more than 2097152 bytes" in done.body


def test_only_names_of_ours_are_looked_at() -> None:
    names = [
        "review-<b>",
        "review-dev/../x",
        "Review-dev",
        "review-",
        "coverage",
    ]
    done = comment(reviewed("dev", artifacts={GATE: {name: archive() for name in names}}))
    assert "Nothing to show yet" in done.body
    assert done.store.asked == []


def test_of_a_run_that_was_repeated_the_newest_is_shown() -> None:
    artifacts = {GATE: {"review-dev": archive("first"), "review-dev!": archive("second")}}
    assert block(comment(World(artifacts=artifacts)).body) == "second"


def test_at_most_ten_stacks_are_fetched() -> None:
    names = [f"s{number}" for number in range(30)]
    artifacts = {GATE: {f"review-{name}": archive() for name in names}}
    done = comment(reviewed(*names, artifacts=artifacts))
    assert done.body.count("<details>") == len(done.store.asked) == 10


def test_text_that_is_not_utf8_is_shown_as_far_as_it_goes() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("preview.txt", b"ok \xff\xfe end")
    assert (
        block(comment(World(artifacts={GATE: {"review-dev": content.getvalue()}})).body)
        == "ok \ufffd\ufffd end"
    )


def test_a_failing_github_fails_the_job_without_saying_more() -> None:
    done = comment(World(runs=[run(GATE, head_sha="no hash")], pulls=[pull(sha="no hash")]))
    assert done.code == 5
    assert done.written == []
    assert "Traceback" not in done.said
