"""The commands in workflows and scripts exist, and parse with the options they are given."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.docs.test_commands import parse
from tests.workflows.reading import ROOT, SCRIPTS, every_step

_OURS = re.compile(r"(?:^|[\s|])(?:\.venv/bin/)?workload-secrets ([a-z][^|>\n]*)")
RUNS = {where: step["run"] for where, step in every_step() if "run" in step}
SHELL = {file.name: file.read_text() for file in sorted(SCRIPTS.glob("*.sh"))}


def ours() -> list[tuple[str, str]]:
    """Every command line of ours; comments are none."""
    texts = {**RUNS, **SHELL}
    lines = [(w, line) for w, text in texts.items() for line in text.splitlines() if not line.startswith("#")]
    return [(where, found) for where, line in lines for found in _OURS.findall(line)]


def words(line: str) -> list[str]:
    """A command line with a stack for its variables; of a shell's function the first is a format."""
    plain = line.replace('"${options[@]}"', "--base HEAD --accept-new-access")
    plain = plain.replace('--format "$1"', "--format sarif")
    return [re.sub(r"^\$\w+$", "dev", word) for word in shlex.split(plain)]


def test_the_verbs_that_workflows_use() -> None:
    assert {line.split()[0] for _, line in ours()} == {"preview", "prove", "review"}


@pytest.mark.parametrize("line", sorted({line for _, line in ours()}))
def test_our_command_parses(line: str) -> None:
    parse(words(line))


def test_the_options_of_the_gate_are_those_that_were_parsed() -> None:
    given = re.findall(r"options\+=\((--[\w-]+)", SHELL["review.sh"])
    assert given == ["--base", "--accept-new-access"]


@pytest.mark.parametrize("where", sorted(RUNS))
def test_every_file_that_a_step_runs_is_there_and_executable(where: str) -> None:
    for path in re.findall(r"(?:^|\s)((?:\.github/scripts|requirements|\.ci)/[\w./-]+)", RUNS[where]):
        assert (ROOT / path).stat().st_mode & 0o100, path


def test_the_policy_pack_is_where_the_engine_looks() -> None:
    named = {found for run in RUNS.values() for found in re.findall(r"--policy-pack (\S+)", run)}
    assert named == {"policies"}
    assert (ROOT / "policies/PulumiPolicy.yaml").is_file()
