"""The comment says what the engine would do beside the review, for the newest commit alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.workflows.github_world import (
    GATE,
    MARKER,
    OWN,
    PREVIEW,
    PRODUCTION,
    SHA,
    World,
    archive,
    blocks,
    bot,
    comment,
    engine,
    job,
    pull,
    run,
)
from tests.workflows.reading import ROOT

NUMBERS = ["3", "1", "0", "2", "0", "61"]
NONE = [""] * 6
WAITING: Mapping[str, Any] = {"status": "waiting", "started_at": None, "steps": []}


def previewed(**changed: Any) -> World:
    """A pull request of a branch: everything ran."""
    given: dict[str, Any] = {
        "runs": [run(number, OWN) for number in (GATE, PREVIEW, PRODUCTION)],
        "pulls": [pull(head=OWN)],
        "jobs": {
            GATE: [job("review dev"), job("review prod", "failure")],
            PREVIEW: [job("dev / preview")],
            PRODUCTION: [job("prod / preview")],
        },
        "artifacts": {
            GATE: {"review-dev": archive("dev: ok"), "review-prod": archive("prod: refused")},
            PREVIEW: {"engine-dev": engine("dev changes")},
            PRODUCTION: {"engine-prod": engine("prod changes")},
        },
    }
    return World(**{**given, **changed})


def with_production(world: World, *, of_run: Mapping[str, Any], of_job: Mapping[str, Any]) -> World:
    """The same with another standing of production's preview, which left nothing."""
    world.runs = [run(GATE, OWN), run(PREVIEW, OWN), run(PRODUCTION, OWN, **of_run)]
    world.jobs = {**world.jobs, PRODUCTION: [job("prod / preview", **of_job)]}
    world.artifacts = {number: kept for number, kept in world.artifacts.items() if number != PRODUCTION}
    return world


@pytest.mark.parametrize("trigger", [GATE, PREVIEW, PRODUCTION])
def test_whichever_run_ends_the_comment_has_both(trigger: int) -> None:
    done = comment(previewed(trigger=trigger))
    assert done.code == 0
    assert done.row("dev") == ["passed", "passed", *NUMBERS]
    assert done.row("prod") == ["failed", "passed", *NUMBERS]
    assert blocks(done.body) == ["dev changes", "prod changes", "dev: ok", "prod: refused"]


def test_counts_stand_before_anything_folded() -> None:
    body = comment(previewed()).body
    assert body.index("| dev |") < body.index("<details>")
    for number in (GATE, PREVIEW, PRODUCTION):
        assert f"https://github.example/acme/secrets/actions/runs/{number}" in body


@pytest.mark.parametrize("trigger", [GATE, PREVIEW])
def test_there_is_one_comment_for_all_runs(trigger: int) -> None:
    done = comment(previewed(trigger=trigger, comments=[bot(f"{MARKER}\nold")]))
    assert (done.written[0].method, done.written[0].path.rpartition("/")[2]) == ("PATCH", "5")


@pytest.mark.parametrize(
    ("of_run", "of_job", "says"),
    [
        ({"status": "waiting", "conclusion": None}, {"conclusion": None, **WAITING}, "waits for approval"),
        ({"status": "queued", "conclusion": None}, {"conclusion": None, "status": "queued"}, "waits to run"),
        ({"status": "in_progress", "conclusion": None}, {"conclusion": None}, "runs"),
        ({"conclusion": "failure"}, {"conclusion": "failure", "steps": []}, "was not allowed to run"),
        ({"conclusion": "failure"}, {"conclusion": "failure"}, "failed"),
        ({"conclusion": "cancelled"}, {"conclusion": "cancelled"}, "cancelled"),
        ({"conclusion": "timed_out"}, {"conclusion": "timed_out"}, "took too long"),
        ({"conclusion": "new word"}, {"conclusion": "new <b>word</b>"}, "ended"),
    ],
    ids=["waiting", "queued", "running", "refused", "failed", "cancelled", "timed out", "unknown"],
)
def test_what_did_not_run_says_so_and_has_no_counts(
    of_run: Mapping[str, Any], of_job: Mapping[str, Any], says: str
) -> None:
    done = comment(with_production(previewed(), of_run=of_run, of_job=of_job))
    assert done.row("prod") == ["failed", says, *NONE]
    assert done.row("dev") == ["passed", "passed", *NUMBERS]


def test_a_preview_that_failed_shows_how_far_it_came() -> None:
    world = previewed()
    world.jobs = {**world.jobs, PREVIEW: [job("dev / preview", "failure")]}
    done = comment(world)
    assert done.row("dev") == ["passed", "failed", *NUMBERS]
    assert "dev changes" in blocks(done.body)


def test_the_gate_of_a_new_commit_replaces_what_the_last_one_said() -> None:
    """GitHub tells of a run when it is asked for: nothing of the last commit is left then."""
    runs = [run(GATE, OWN, status="queued", conclusion=None)]
    done = comment(
        previewed(runs=runs, jobs={}, artifacts={}, comments=[bot(f"{MARKER}\n`fffffff` create 9")])
    )
    assert (done.code, done.written[0].method) == (0, "PATCH")
    assert "`0123456`" in done.body
    assert "fffffff" not in done.body
    assert "`preview-production.yml`: no run for this commit" in done.body


@pytest.mark.parametrize(
    "changed",
    [
        {"head_sha": "f" * 40},
        {"head_branch": "other"},
        {"head_repository": {"id": 5, "owner": {"login": "x"}}},
        {"event": "push"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_preview_of_something_else_is_not_shown(changed: dict[str, Any]) -> None:
    runs = [run(GATE, OWN), run(PREVIEW, OWN, **changed)]
    done = comment(previewed(runs=runs))
    assert done.row("dev") == ["passed", "", *NONE]
    assert "dev changes" not in done.body


def test_an_old_run_does_not_write_over_the_newest_commits_comment() -> None:
    done = comment(previewed(trigger=PREVIEW, pulls=[pull(sha="f" * 40, head=OWN)]))
    assert (done.code, done.written) == (0, [])


def test_of_two_runs_for_a_commit_the_newer_counts() -> None:
    older = run(12, OWN, path=".github/workflows/preview.yml")
    world = previewed(runs=[older, *(run(number, OWN) for number in (GATE, PREVIEW, PRODUCTION))])
    world.jobs = {**world.jobs, 12: [job("dev / preview", "failure")]}
    assert comment(world).row("dev")[1] == "passed"
    assert comment(previewed(runs=world.runs, trigger=12)).row("dev")[1] == "passed"


def test_what_an_earlier_attempt_uploaded_is_not_shown_as_this_ones() -> None:
    done = comment(previewed(uploaded="2026-11-30T09:59:59Z"))
    assert done.row("dev") == ["passed", "passed", *NONE]
    assert blocks(done.body) == []


def test_a_fork_gets_the_review_alone_and_hears_why() -> None:
    skipped = [run(n, conclusion="skipped") for n in (PREVIEW, PRODUCTION)]
    world = World(runs=[run(GATE), *skipped])
    world.jobs = {**world.jobs, PREVIEW: [job("${{ matrix.stack }}", "skipped")]}
    done = comment(world)
    assert done.row("dev") == ["passed", "", *NONE]
    assert "pull requests of forks get none" in done.body


def test_a_workflow_that_github_can_not_read_says_so() -> None:
    runs = [run(GATE, OWN), run(PREVIEW, OWN, conclusion="startup_failure")]
    done = comment(previewed(runs=runs, jobs={GATE: [job("review dev")]}))
    assert "- `preview.yml`: could not start" in done.body


def test_a_pull_request_can_not_put_its_own_word_over_productions() -> None:
    """Its workflow may name a job as it likes; the run of production's own workflow counts."""
    world = with_production(
        previewed(), of_run={"status": "waiting", "conclusion": None}, of_job={"conclusion": None, **WAITING}
    )
    world.jobs = {**world.jobs, PREVIEW: [job("dev / preview"), job("prod / preview")]}
    world.artifacts = {**world.artifacts, PREVIEW: {"engine-prod": engine("nothing to see")}}
    done = comment(world)
    assert done.row("prod") == ["failed", "waits for approval", *NONE]
    assert "nothing to see" not in done.body


def test_a_branch_of_a_bot_hears_that_it_was_skipped() -> None:
    runs = [run(GATE, OWN), run(PREVIEW, OWN, conclusion="skipped")]
    done = comment(previewed(runs=runs, jobs={GATE: [job("review dev")]}))
    assert "- `preview.yml`: skipped" in done.body


@pytest.mark.parametrize(
    "counts",
    [
        "create 1, update 1, replace 1, delete 1, other 0, same 1 | x",
        "create 1, update 1, replace 1, delete 1, other 0, same 1\n\nx",
        "create 9999999, update 1, replace 1, delete 1, other 0, same 1",
        "create -1, update 1, replace 1, delete 1, other 0, same 1",
        "create ١, update 1, replace 1, delete 1, other 0, same 1",
        "<img src=x> @everyone",
        "",
        "x" * 600_000,
    ],
)
def test_counts_are_numbers_or_nothing_at_all(counts: str) -> None:
    artifacts = {PREVIEW: {"engine-dev": engine("dev changes", counts)}}
    done = comment(previewed(artifacts=artifacts))
    assert done.row("dev") == ["passed", "passed", *NONE]
    assert "**dev**, what the engine would do: can't be shown: its" in done.body
    assert "@everyone" not in done.body


@pytest.mark.parametrize(
    "name", ["<b> / preview", "a|b / preview", "x / preview / y", "Dev / preview", "dev"]
)
def test_a_jobs_name_is_no_way_into_the_comment(name: str) -> None:
    world = previewed()
    world.jobs = {**world.jobs, PREVIEW: [job(name)]}
    done = comment(world)
    assert name not in done.body.replace("| dev |", "").replace("<b>dev</b>", "") or name == "dev"
    assert "dev changes" not in done.body


@pytest.mark.parametrize(
    "text",
    [
        "```\n@everyone <img src=x>\n</details>\n`````\n~~~\nz",
        "| dev | passed | passed | 9 |",
        "\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
        "\u202eevil\u200b",
        f"{MARKER}\nanother",
        "[x](javascript:alert(1)) ![](https://evil.example/track.png)",
        "&lt;script&gt;<script>alert(1)</script>",
        "#1 acme/other#2 @acme/admins",
    ],
)
def test_what_the_engine_printed_stays_in_its_code_block(text: str) -> None:
    artifacts = {
        PREVIEW: {"engine-dev": engine(f"a\n{text}\nend")},
        PRODUCTION: {"engine-prod": engine("prod changes")},
    }
    body = comment(previewed(artifacts=artifacts)).body
    first, second = blocks(body)
    assert (first.splitlines()[0], first.splitlines()[-1], second) == ("a", "end", "prod changes")
    outside = body.replace(first, "").replace(second, "")
    assert not any(word in outside for word in ("evil", "everyone", "script", "another", "admins"))
    assert not any(c in body for c in "\x1b\x07\u202e\u200b")


def test_everything_at_its_longest_stays_under_githubs_limit() -> None:
    names = [f"{'s' * 38}{number}" for number in range(12)]
    text = "\n".join(f"`{'x' * 90}" for _ in range(5000))
    world = previewed(
        jobs={
            GATE: [job(f"review {name}") for name in names],
            PREVIEW: [job(f"{name} / preview") for name in names],
            PRODUCTION: [job("prod / preview")],
        },
        artifacts={
            GATE: {f"review-{name}": archive(text) for name in names},
            PREVIEW: {f"engine-{name}": engine(text) for name in names},
            PRODUCTION: {"engine-prod": engine(text)},
        },
    )
    body = comment(world).body
    assert 55_000 < len(body) <= 60_000
    assert body.count("<details>") == body.count("</details>") == 21


def test_the_commit_that_is_shown_is_githubs() -> None:
    lie = engine(f"the commit is {'f' * 40}")
    body = comment(previewed(artifacts={PREVIEW: {"engine-dev": lie}})).body
    assert body.splitlines()[1] == f"### Workload secrets: `{SHA[:7]}`"


def test_the_page_shows_the_comment_as_it_is() -> None:
    page = (ROOT / "docs/workflows.md").read_text("utf-8").partition("## The comment")[2]
    shown = page.partition("```\n")[2].partition("```")[0].splitlines()
    world = with_production(
        previewed(), of_run={"status": "waiting", "conclusion": None}, of_job={"conclusion": None, **WAITING}
    )
    world.jobs = {**world.jobs, GATE: [job("review dev"), job("review prod")]}
    counts = "create 3, update 1, replace 0, delete 0, other 0, same 61\n"
    world.artifacts = {PREVIEW: {"engine-dev": engine("x", counts)}}
    assert comment(world).body.splitlines()[1 : len(shown) + 1] == shown
