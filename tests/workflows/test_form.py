"""What every workflow has, beyond what actionlint and zizmor look for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.workflows.reading import ACTIONS, FILES, FOLDER, ROOT, STACKS, every_job, every_step, jobs, load

_USES = re.compile(r"^\s*(?:- )?uses: (\S+)(.*)$", re.MULTILINE)
_CLOUD = {"deploy-stack.yml", "drift.yml"}
_PREVIEWS = {"preview.yml": "[dev]", "preview-production.yml": "[prod]"}
by_name = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)


def named(name: str) -> Path:
    return FOLDER / "workflows" / name


@by_name
def test_a_workflow_has_no_right_that_a_job_does_not_ask_for(file: Path) -> None:
    assert load(file)["permissions"] == {}
    assert [where for where, job in jobs(file) if "permissions" not in job] == []


def test_every_action_is_pinned_by_commit_and_says_its_version() -> None:
    found = [use for file in (*FILES, *ACTIONS) for use in _USES.findall(file.read_text())]
    assert len(found) > 10
    for target, comment in found:
        if not target.startswith("./"):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", target), target
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), (target, comment)


def test_an_action_has_one_commit_and_a_commit_one_version() -> None:
    found = {use for file in (*FILES, *ACTIONS) for use in _USES.findall(file.read_text())}
    names = [target.partition("@")[0] for target, _ in found if not target.startswith("./")]
    assert len(names) == len(set(names))


def test_every_job_that_runs_has_a_timeout_and_a_fixed_image() -> None:
    for where, job in every_job():
        if "uses" not in job:
            assert 0 < job["timeout-minutes"] <= 90, where
            assert job["runs-on"] == "ubuntu-24.04", where


def test_every_checkout_forgets_its_token() -> None:
    found = [(where, step) for where, step in every_step() if "actions/checkout@" in step.get("uses", "")]
    assert found
    for where, step in found:
        assert step["with"]["persist-credentials"] is False, where


@by_name
def test_runs_of_the_same_thing_follow_each_other(file: Path) -> None:
    """Of a workflow that others call, those others see to it."""
    callers = [f for f in FILES if any(_calls(job, file) for _, job in jobs(f))]
    for where, job in jobs(file):
        if "uses" not in job and "concurrency" not in job:
            assert all("concurrency" in load(one) for one in callers or [file]), where


def _calls(job: dict[str, Any], file: Path) -> bool:
    return job.get("uses", "").endswith(f"/{file.name}")


@by_name
def test_nothing_is_started_with_rights_by_a_stranger(file: Path) -> None:
    assert "pull_request_target" not in file.read_text()


@by_name
def test_no_secret_is_used(file: Path) -> None:
    """Jobs log in by OIDC. What is left is the job's own token."""
    assert re.findall(r"secrets[.\[]", file.read_text()) == []


def test_the_gate_has_no_credential() -> None:
    text = named("pull-request.yml").read_text()
    assert not re.search(r"id-token|environment:|github\.token|GITHUB_TOKEN", text)
    review = load(named("pull-request.yml"))["jobs"]["review"]
    assert review["permissions"] == {"contents": "read"}


def test_the_gate_fails_unless_every_stack_passed() -> None:
    """A job that is skipped counts as passed in a branch rule, so this one always runs."""
    gate = load(named("pull-request.yml"))["jobs"]["gate"]
    assert gate["if"] == "always()"
    assert gate["needs"] == "review"
    assert gate["steps"][0]["run"] == 'test "$RESULT" = success'
    assert "if" not in load(named("pull-request.yml"))["jobs"]["review"]


def test_the_gate_runs_again_when_a_label_comes_or_goes() -> None:
    types = load(named("pull-request.yml"))["on"]["pull_request"]["types"]
    assert {"opened", "synchronize", "reopened", "labeled", "unlabeled"} == set(types)


def test_new_access_is_accepted_for_the_commit_that_the_label_was_put_on() -> None:
    """A push has the action `synchronize`, so it doesn't inherit the label's meaning."""
    steps = load(named("pull-request.yml"))["jobs"]["review"]["steps"]
    accept = next(
        step["env"]["ACCEPT_NEW_ACCESS"] for step in steps if "ACCEPT_NEW_ACCESS" in step.get("env", {})
    )
    assert "github.event.action == 'labeled'" in accept
    assert "github.event.label.name == 'new-access-accepted'" in accept
    assert "labels" not in accept


def matrix(name: str, job: str) -> Any:
    return load(named(name))["jobs"][job]["strategy"]["matrix"]["stack"]


def test_every_environment_is_reviewed_deployed_and_looked_at_for_drift() -> None:
    assert matrix("pull-request.yml", "review") == STACKS
    assert matrix("pull-request.yml", "code-scanning") == STACKS
    assert matrix("drift.yml", "drift") == STACKS
    assert sorted(stack for name in _PREVIEWS for stack in matrix(name, "stack")) == STACKS
    deployed = [job["with"]["stack"] for job in load(named("deploy.yml"))["jobs"].values()]
    assert sorted(deployed) == STACKS


def test_production_is_previewed_in_a_run_of_its_own_for_pull_requests_into_main() -> None:
    """Its environment's reviewers may take days: what is known of the others must not wait."""
    tiers = {stack: yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"] for stack in STACKS}
    production = [s for s, config in tiers.items() if config["workload-secrets:tier"] == "production"]
    assert matrix("preview-production.yml", "stack") == production
    assert load(named("preview-production.yml"))["on"] == {"pull_request": {"branches": ["main"]}}
    assert load(named("preview.yml"))["on"] == {"pull_request": None}


@pytest.mark.parametrize("name", sorted(_PREVIEWS))
def test_a_preview_gets_credentials_for_branches_of_this_repository_alone(name: str) -> None:
    job = load(named(name))["jobs"]["stack"]
    conditions = [" ".join(part.split()) for part in job["if"].split("&&")]
    assert conditions == [
        "github.event.pull_request.head.repo.full_name == github.repository",
        "!startsWith(github.head_ref, 'dependabot/')",
        "!startsWith(github.head_ref, 'renovate/')",
    ]
    assert job["uses"] == "./.github/workflows/preview-stack.yml"
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert load(named(name))["concurrency"]["cancel-in-progress"] is True


def test_the_comment_hears_of_every_run_that_it_shows() -> None:
    heard = load(named("pull-request-comment.yml"))["on"]["workflow_run"]["workflows"]
    files = ["pull-request.yml", *_PREVIEWS]
    assert heard == [load(named(name))["name"] for name in files]
    shown = re.findall(r"\.github/workflows/([\w-]+\.yml)", (FOLDER / "scripts/standing.py").read_text())
    assert shown == files


def test_the_comment_knows_the_names_of_jobs_and_artifacts() -> None:
    """They are the only tie between the workflows and the script of the default branch."""
    text = (FOLDER / "scripts/standing.py").read_text()
    review = load(named("pull-request.yml"))["jobs"]["review"]
    assert review["name"] == "review ${{ matrix.stack }}"
    assert 're.compile(f"review {_STACK}")' in text
    called = load(named("preview-stack.yml"))["jobs"]["preview"]["name"]
    names = {load(named(name))["jobs"]["stack"]["name"] for name in _PREVIEWS}
    assert names == {"${{ matrix.stack }}"}
    assert f're.compile(f"{{_STACK}} / {called}")' in text
    uploads = [s["with"]["name"] for _, s in every_step() if "upload-artifact@" in s.get("uses", "")]
    assert uploads == ["engine-${{ inputs.stack }}", "review-${{ matrix.stack }}"]


def test_prod_waits_for_dev_to_be_proven() -> None:
    assert load(named("deploy.yml"))["jobs"]["prod"]["needs"] == "dev"
    assert load(named("deploy-stack.yml"))["jobs"]["prove"]["needs"] == "deploy"


def test_each_kind_of_job_has_its_own_environment() -> None:
    found = {where: job["environment"] for where, job in every_job() if "environment" in job}
    assert found == {
        "deploy-stack.yml: deploy": "${{ inputs.stack }}",
        "deploy-stack.yml: prove": "${{ inputs.stack }}-prove",
        "drift.yml: drift": "${{ matrix.stack }}-drift",
        "preview-stack.yml: preview": "${{ inputs.stack }}-preview",
    }


def test_only_jobs_with_an_environment_get_an_identity() -> None:
    for where, job in every_job():
        if "uses" not in job:
            assert ("id-token" in job["permissions"]) == ("environment" in job), where


@pytest.mark.parametrize("name", sorted(_CLOUD))
def test_no_pull_request_starts_a_job_that_writes_or_runs_at_night(name: str) -> None:
    assert not {"pull_request", "pull_request_target", "workflow_run"} & set(load(named(name))["on"])


def test_an_update_is_never_broken_off() -> None:
    assert load(named("deploy-stack.yml"))["jobs"]["deploy"]["concurrency"] == {
        "group": "deploy-${{ inputs.stack }}",
        "cancel-in-progress": False,
    }


def test_nothing_shows_values_of_resources() -> None:
    """A script of Python has a command as words in quotes."""
    steps = [(where, step["run"]) for where, step in every_step() if "run" in step]
    scripts = [(f.name, f.read_text()) for f in sorted((FOLDER / "scripts").iterdir()) if f.is_file()]
    texts = [(where, re.sub(r'[",()*\s]+', " ", text)) for where, text in (*steps, *scripts)]
    found = [(where, text.split()) for where, text in texts if re.search(r"pulumi (preview|up) --", text)]
    assert {where for where, _ in found} == {
        "deploy-stack.yml: deploy: Deploy",
        "drift.yml: drift: Compare with what runs",
        "engine_preview.py",
    }
    for where, words in found:
        assert "--suppress-outputs" in words, where
        assert "--policy-pack" in words, where
        assert not {"--diff", "--show-secrets", "--json"} & set(words), where


def test_the_pulumi_cli_is_as_new_as_the_sdk() -> None:
    sdk = re.search(r"^pulumi==(\S+)", (ROOT / "requirements/program.in").read_text(), re.MULTILINE)
    steps: list[dict[str, Any]] = load(FOLDER / "actions/credentials/action.yml")["runs"]["steps"]
    cli = next(step["with"]["pulumi-version"] for step in steps if "pulumi/actions@" in step.get("uses", ""))
    assert sdk is not None
    assert cli == sdk[1]
