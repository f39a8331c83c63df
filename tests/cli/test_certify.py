"""The command `certify`: what it reads, says and ends with."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.captured import captured
from tests.certify.looking import CANARY, NAME, TYPE, URN, VALUE, encrypted, entry, marked, state
from tests.certify.test_export import cli
from tests.review.planted import exported
from tests.stacks.read import ROOT
from workload_secrets.cli import main
from workload_secrets.errors import Exit


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that knows a single secret."""
    for name in ("KUBECONFIG", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(NAME, VALUE)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main.run(["certify", *arguments])
    found = capsys.readouterr()
    for secret in (VALUE, json.dumps(VALUE)[1:-1], CANARY):
        assert secret not in found.out + found.err
    return code, found.out, found.err


def written(folder: Path, data: Any, name: str = "state.json") -> str:
    (folder / name).write_text(data if isinstance(data, str) else json.dumps(data))
    return str(folder / name)


def test_a_clean_state_ends_with_0_and_says_what_was_looked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "--state", written(tmp_path, exported(captured("dev"))))
    assert code == Exit.OK
    assert out.startswith("looked for: canaries, 1 known value, and ")
    assert f"  - {NAME}\n" in out
    assert out.splitlines()[-1].startswith(f"clean: {len(captured('dev').resources)} resources and ")
    assert "looked at" in err


def test_a_leak_ends_with_3_and_names_secret_form_and_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = state(entry({"a": f"x{VALUE}", "b": marked(VALUE.encode().hex())}), entry(outputs={"c": CANARY}))
    code, out, _ = run(capsys, "--state", written(tmp_path, data))
    assert code == Exit.POLICY
    assert f"found: {NAME}: raw\n  - {URN} inputs.a\n" in out
    assert f"found: {NAME}: hex, behind the mark of a secret\n  - {URN} inputs.b\n" in out
    assert f"found: a canary: raw\n  - {URN} outputs.c\n" in out
    assert f"  - {URN} inputs.b: a value; the program says so, or it comes from a secret\n" in out
    assert out.splitlines()[-1].startswith("not clean: 3 secrets found, 2 resources and ")


def test_what_is_not_looked_at_ends_with_3_and_is_never_called_clean(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = written(tmp_path, state(*(entry({"a": encrypted()}, urn=f"{URN}{n}") for n in range(7))))
    code, out, _ = run(capsys, "--state", sealed)
    assert code == Exit.POLICY
    assert "not looked at: 7: encrypted: export it with --show-secrets\n" in out
    assert "  - and 2 more\n" in out
    assert out.splitlines()[-1].startswith("not shown to be clean: ")
    monkeypatch.setenv("OTHER_TOKEN", "short")
    code, out, _ = run(capsys, "--state", written(tmp_path, state()), "--format", "json")
    data = json.loads(out)
    assert (code, data["verdict"]) == (Exit.POLICY, "incomplete")
    assert [one["what"] for one in data["notLookedAt"]] == ["OTHER_TOKEN"]


def test_json_has_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = state(entry({"a": marked(VALUE), "b": encrypted()}))
    log = written(tmp_path, f"one\n{VALUE}\n", "up.log")
    code, out, _ = run(capsys, "--state", written(tmp_path, data), "--log", log, "--format", "json")
    found = json.loads(out)
    assert (code, found["verdict"], found["resources"]) == (Exit.POLICY, "leaked", 1)
    assert found["values"] == [NAME]
    assert found["findings"] == [
        {"line": "", "resource": URN, "path": "inputs.a", "secret": NAME, "form": "raw", "marked": True},
        {"line": f"{log}:2", "resource": "", "path": "", "secret": NAME, "form": "raw", "marked": False},
    ]
    assert [(one["path"], one["content"]) for one in found["marked"]] == [
        ("inputs.a", "a value"),
        ("inputs.b", "encrypted"),
    ]
    assert found["notLookedAt"] == [
        {"what": f"{URN} inputs.b", "reason": "encrypted: export it with --show-secrets"}
    ]


def test_values_and_state_from_standard_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, state(entry({"a": "correct horse battery"})))
    given = b'{"billing-api": {"api_key": "correct horse battery"}}'
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(given)))
    code, out, _ = run(capsys, "--state", file, "--values", "-")
    assert code == Exit.POLICY
    assert "found: --values billing-api.api_key: raw\n" in out
    assert "correct horse" not in out
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(Path(file).read_bytes())))
    assert run(capsys, "--state", "-")[0] == Exit.OK


def test_a_stack_is_exported_by_the_users_own_cli(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, state(entry({"a": VALUE})))
    environment = cli(tmp_path, f"assert sys.argv[5] == 'dev'; print(open({file!r}).read())")
    monkeypatch.setenv("PATH", environment["PATH"])
    code, out, err = run(capsys, "dev", "--project", str(ROOT))
    assert code == Exit.POLICY
    assert f"found: {NAME}: raw\n  - {URN} inputs.a\n" in out
    assert "exported the state of dev" in err
    cli(tmp_path, "sys.exit(1)")
    assert run(capsys, "dev", "--project", str(ROOT))[0] == Exit.SERVER


def test_passwords_that_the_stack_declares_are_looked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = exported(captured("database"))
    data["deployment"]["resources"][-1]["inputs"]["note"] = "s3cr3t-admin-of-all"
    monkeypatch.setenv("ORDERS_ADMIN", "s3cr3t-admin-of-all")
    text = json.dumps(data).replace("ORDERS_DB_ADMIN_PASSWORD", "ORDERS_ADMIN")
    code, out, _ = run(capsys, "--state", written(tmp_path, text))
    assert "found: ORDERS_ADMIN, the admin password of database orders: raw\n" in out
    assert code == Exit.POLICY


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "nothing to look at; give STACK, --state FILE or --log FILE"),
        (("dev", "--state", "x"), "STACK and --state: both name a state; give one of them"),
        (("--state", "-", "--values", "-"), "standard input can be read once"),
        (("--state", "none.json"), "--state none.json: can't be read"),
        (("--log", "none.log"), "--log none.log: can't be read"),
        (("--state", str(ROOT / "README.md")), "no output of `pulumi stack export`"),
        (("--log", str(ROOT / "README.md"), "--values", "none"), "--values none: can't be read"),
        (("nonesuch", "--project", str(ROOT)), "no such stack file"),
        (("--log", str(ROOT / "README.md"), "--format", "xml"), "xml"),
    ],
)
def test_bad_usage_ends_with_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (Exit.INPUT, "")
    assert said in err


def test_a_variable_that_is_no_text_is_looked_for_and_ends_no_verb(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_TOKEN", b"\xff\xfe-not-utf-8".decode(errors="surrogateescape"))
    assert run(capsys, "--state", written(tmp_path, state()))[0] == Exit.OK
    assert run(capsys, "--state", "none.json")[0] == Exit.INPUT


def test_names_of_others_steer_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = f"{URN}\x1b[31m\u202e\n"
    data = state(entry({"a\x1b[0m": VALUE}, urn=evil, type=TYPE))
    _, out, _ = run(capsys, "--state", written(tmp_path, data))
    assert "\x1b" not in out
    assert "\u202e" not in out
