from __future__ import annotations

import re
from pathlib import Path

import pytest

from workload_secrets.cli import main
from workload_secrets.errors import Exit, PolicyError

PROJECT = Path(__file__).parents[2]
VERBS = [
    ["preview"],
    ["review"],
    ["rehearse"],
    ["prove"],
    ["sandbox", "up"],
    ["sandbox", "down"],
    ["sandbox", "status"],
    ["keys", "seed"],
    ["keys", "set"],
    ["keys", "status"],
    ["kong", "get"],
]


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_verb_has_an_example_that_parses(verb: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run([*verb, "--help"]) == Exit.OK
    text = capsys.readouterr().out
    example = re.search(r"Example: workload-secrets (.*)", text)
    assert example is not None
    assert example.group(1).split()[: len(verb)] == verb
    arguments = example.group(1).split("<")[0].split()
    assert main.run([*arguments, "--help"]) == Exit.OK


@pytest.mark.parametrize(
    "arguments", [["preview"], ["nonsense"], ["preview", "dev", "--format", "xml"], ["keys", "set", "dev"]]
)
def test_bad_usage_is_one_message_and_exit_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(arguments) == Exit.INPUT
    found = capsys.readouterr()
    assert found.out == ""
    assert found.err.startswith("error: ")
    assert "Traceback" not in found.err


def test_an_unknown_stack_names_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["preview", "nothing", "--project", str(PROJECT)]) == Exit.INPUT
    assert "dev, prod" in capsys.readouterr().err


def test_a_folder_without_a_project_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["preview", "dev", "--project", str(tmp_path)]) == Exit.INPUT
    message = capsys.readouterr().err
    assert f"--project {tmp_path}: no Pulumi.yaml in it" in message
    assert "--project FOLDER" in message


def test_a_project_that_is_no_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["preview", "dev", "--project", str(tmp_path / "nope")]) == Exit.INPUT
    assert f"--project {tmp_path}/nope: no such folder" in capsys.readouterr().err


def test_a_wrong_choice_is_told_in_the_commands_own_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["preview", "dev", "--format", "jso"]) == Exit.INPUT
    message = capsys.readouterr().err
    assert "Value error" not in message
    assert "'jso' is not one of 'text', 'markdown', 'json'" in message


def test_a_problem_in_a_stack_file_kept_elsewhere_names_its_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.yaml"
    text = (PROJECT / "Pulumi.dev.yaml").read_text("utf-8")
    assert "111122223333" in text
    file.write_text(text.replace("111122223333", "12"), "utf-8")
    assert main.run(["preview", str(file), "--project", str(PROJECT)]) == Exit.INPUT
    assert f"{file}: facts.aws.accountId: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PolicyError("a rule"), Exit.POLICY),
        (ValueError("secret-text"), Exit.INTERNAL),
        (KeyboardInterrupt(), 130),
    ],
)
def test_errors_become_exit_codes_and_show_no_foreign_message(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(main, "app", fail)
    assert main.run([]) == code
    shown = capsys.readouterr().err
    assert "secret-text" not in shown
    assert "Traceback" not in shown


def test_an_unforeseen_error_names_its_type_and_our_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(main, "app", fail)
    assert main.run([]) == Exit.INTERNAL
    assert re.search(
        r"ZeroDivisionError\n  at workload_secrets/cli/main\.py:\d+ run", capsys.readouterr().err
    )
