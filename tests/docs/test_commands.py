"""Commands that the pages and the help show exist and parse."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from tests.docs.pages import PAGES, ROOT, block_lines, inline, name
from workload_secrets.cli.main import app

ROOT_COMMAND: Any = get_command(app)
PLACEHOLDERS = {"STACK": "dev", "NAME": "dev", "SECRET": "billing-api", "KEY": "api_key"}


def verbs(command: Any = ROOT_COMMAND, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every verb with its command; groups too."""
    for word, below in getattr(command, "commands", {}).items():
        yield (*path, word), below
        yield from verbs(below, (*path, word))


VERBS = dict(verbs())


def parse(words: Sequence[str]) -> None:
    """Parses one command line, all the way down, and runs nothing."""
    context = ROOT_COMMAND.make_context("workload-secrets", list(words))
    command = ROOT_COMMAND
    while hasattr(command, "commands"):
        rest = [*context._protected_args, *context.args]
        word, command, rest = command.resolve_command(context, rest)
        context = command.make_context(word, rest, parent=context)


def commands(line: str) -> Iterator[list[str]]:
    """The commands of ours in one line of a code block."""
    line = line.strip().removeprefix("$ ")
    found = re.match(r"(?:\.venv/bin/)?workload-secrets (.*)", line)
    if found and not found.group(1).startswith("VERB"):
        text = re.split(r"\s[|<>]\s?|\s#", found.group(1))[0]
        yield [PLACEHOLDERS.get(word, word) for word in shlex.split(text)]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_in_a_code_block_parses(page: Path) -> None:
    for line in block_lines(page):
        for words in commands(line):
            parse(words)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_verb_and_option_in_the_text_exists(page: Path) -> None:
    roots = {path[0] for path in VERBS}
    for text in inline(page):
        ours = re.match(r"(?:\.venv/bin/)?workload-secrets ([a-z].*)", text)
        words = (ours.group(1) if ours else text).split()
        if not words or (not ours and words[0] not in roots) or "/" in words[0]:
            continue
        two, one = VERBS.get(tuple(words[:2])), VERBS.get(tuple(words[:1]))
        command = two or one
        assert command is not None, f"{name(page)}: {text}"
        if hasattr(command, "commands"):
            assert len(words) == 1, f"{name(page)}: {text}"
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, f"{name(page)}: {text}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown = [*block_lines(page), *inline(page)]
    for text in shown:
        if found := re.match(r"make ([a-z]+)\b", text):
            assert found.group(1) in targets, f"{name(page)}: {text}"


@pytest.mark.parametrize("path", VERBS, ids=" ".join)
def test_every_help_ends_with_an_example_that_parses(path: tuple[str, ...]) -> None:
    epilog = VERBS[path].epilog
    example = epilog.removeprefix("Example: ")
    (words,) = commands(example)
    assert words[: len(path)] == list(path)
    parse(words)


@pytest.mark.parametrize(
    "path", [path for path, command in VERBS.items() if not hasattr(command, "commands")]
)
def test_every_verb_has_a_section(path: tuple[str, ...]) -> None:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    assert f"<!-- generated: cli {' '.join(path)} -->" in page


def test_a_verb_or_option_that_does_not_exist_is_noticed() -> None:
    for line in (
        "workload-secrets promise dev",
        "workload-secrets preview dev --apply",
        "workload-secrets rehearse",
    ):
        (words,) = commands(line)
        with pytest.raises(Exception, match=r"(?i)no such|missing"):
            parse(words)
