"""`kong lint`: places and remedies on standard output, and the exit code of what it found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import workload_secrets.cli.kong_lint as command
from tests.kong.linted import CANARY, NAME, PASSWORD, deck, declaration, plugin
from workload_secrets.cli.main import run
from workload_secrets.declaration import Declaration
from workload_secrets.errors import Exit

STACK = f"""config:
  workload-secrets:gateways:
    edge:
      references:
        - "{NAME}"
        - "{PASSWORD}"
"""
GOOD = plugin("rate-limiting-advanced", redis={"username": NAME, "password": PASSWORD})


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A stack's file whose program declares the gateway `edge`."""
    declared(monkeypatch, declaration(NAME, PASSWORD))
    (tmp_path / "Pulumi.yaml").write_text("name: x\nruntime: python\n", encoding="utf-8")
    (tmp_path / "stack.yaml").write_text(STACK, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return "stack.yaml"


def declared(monkeypatch: pytest.MonkeyPatch, of: Declaration) -> None:
    monkeypatch.setattr(command, "capture", lambda *_: None)
    monkeypatch.setattr(command, "declaration_of", lambda _: of)


def file(text: str, name: str = "kong.yaml") -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def test_nothing_found_is_said(stack: str, capsys: pytest.CaptureFixture[str]):
    assert run(["kong", "lint", stack, file(GOOD)]) == Exit.OK
    assert capsys.readouterr().out == "gateway edge, 1 decK file: nothing found\n"


def test_a_violation_is_one_line_and_exit_code_3(stack: str, capsys: pytest.CaptureFixture[str]):
    text = plugin("rate-limiting-advanced", redis={"username": NAME, "password": CANARY})
    assert run(["kong", "lint", stack, file(text)]) == Exit.POLICY
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        "stack.yaml:6: gateway edge references[1]: note: none of the given files uses it; remove it, "
        "unless kong.conf or another file does",
        "kong.yaml:5: plugin rate-limiting-advanced config.redis.password: violation: a credential stands "
        'here in clear text; write a {vault://…} reference, or ${{ env "DECK_…" }}',
        "gateway edge, 1 decK file: 1 violation, 1 note",
    ]
    assert CANARY not in shown.out + shown.err


def test_warnings_and_notes_are_no_failure(stack: str, capsys: pytest.CaptureFixture[str]):
    assert run(["kong", "lint", stack, file(plugin("session", secret="{vault://env/x}"))]) == Exit.OK
    assert "1 warning, 2 notes" in capsys.readouterr().out


def test_several_files_are_taken_together(stack: str, capsys: pytest.CaptureFixture[str]):
    one = file(plugin("session", secret=NAME), "one.yaml")
    two = file(plugin("session", secret=PASSWORD), "two.yaml")
    assert run(["kong", "lint", stack, one, two]) == Exit.OK
    assert capsys.readouterr().out == "gateway edge, 2 decK files: nothing found\n"


def test_json_names_the_same(stack: str, capsys: pytest.CaptureFixture[str]):
    assert run(["kong", "lint", stack, file(deck(plugins=[])), "--format", "json"]) == Exit.OK
    assert json.loads(capsys.readouterr().out) == {"gateways": [{"gateway": "edge", "findings": []}]}
    assert (
        run(["kong", "lint", stack, file(plugin("session", secret=CANARY)), "--format", "json"])
        == Exit.POLICY
    )
    shown = capsys.readouterr().out
    found: dict[str, Any] = json.loads(shown)["gateways"][0]["findings"][-1]
    assert {key: found[key] for key in ("file", "line", "entity", "field", "level", "kind")} == {
        "file": "kong.yaml",
        "line": 4,
        "entity": "plugin session",
        "field": "config.secret",
        "level": "violation",
        "kind": "literal-credential",
    }
    assert CANARY not in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.yaml"], "missing.yaml: can't be read: No such file"),
        (["."], "can't be read: Is a directory"),
        (["list.yaml"], "no decK file"),
        (["broken.yaml"], "broken.yaml:2:"),
        (["--gateway", "other"], "declares no such gateway, but edge"),
    ],
)
def test_bad_input_is_exit_code_2(
    stack: str, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
):
    file("- a\n", "list.yaml")
    file(f"secret: [{CANARY}", "broken.yaml")
    assert run(["kong", "lint", stack, *arguments]) == Exit.INPUT
    shown = capsys.readouterr()
    assert said in shown.err
    assert CANARY not in shown.err


def test_a_file_is_one_gateways_and_without_one_all_are_checked(
    stack: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    of = declaration(NAME)
    declared(monkeypatch, of.model_copy(update={"gateways": {}}))
    assert run(["kong", "lint", stack]) == Exit.INPUT
    assert "declares no gateway" in capsys.readouterr().err
    declared(
        monkeypatch, of.model_copy(update={"gateways": {"a": of.gateways["edge"], "b": of.gateways["edge"]}})
    )
    assert run(["kong", "lint", stack, file(deck(plugins=[]))]) == Exit.INPUT
    assert "several gateways: a, b; choose one with --gateway NAME" in capsys.readouterr().err
    assert run(["kong", "lint", stack, "--gateway", "b"]) == Exit.OK
    assert run(["kong", "lint", stack]) == Exit.OK
    shown = capsys.readouterr().out
    assert "gateway a, no decK file" in shown
    assert "gateway b, no decK file" in shown
