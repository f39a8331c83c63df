"""What `kong deck` and `kong environment` write, print and refuse."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.stacks.read import path
from workload_secrets.cli.main import run
from workload_secrets.errors import Exit

STACK = str(path("gateways"))
CANARY = "canary-7d1f"
NAMES = (
    "DECK_EDGE_MACHINE_APPROLE_ROLE_ID",
    "DECK_EDGE_PARTNER_CERT_AUTH_CERT",
    "DECK_EDGE_PARTNER_CERT_AUTH_CERT_KEY",
)


def test_the_file_is_written_and_what_it_needs_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    assert run(["kong", "deck", STACK, "--project", str(path("gateways").parents[2])]) == Exit.OK
    shown = capsys.readouterr()
    written = yaml.safe_load((tmp_path / "kong.yaml").read_text("utf-8"))
    assert [vault["prefix"] for vault in written["vaults"]] == ["machine", "partner", "pods"]
    assert shown.out == ""
    machine, *partner = [f"set for decK: {name}: " for name in NAMES]
    assert (
        f"{machine}the role id of the AppRole: workload-secrets identity role-id {STACK} edge-machine\n"
        in (shown.err)
    )
    assert all(line in shown.err for line in partner)


def test_a_dash_prints_it_and_nothing_else(capsys: pytest.CaptureFixture[str]):
    assert run(["kong", "deck", STACK, "--gateway", "edge", "--output", "-"]) == Exit.OK
    shown = capsys.readouterr().out
    assert shown.startswith("# Written by workload-secrets kong deck")
    assert yaml.safe_load(shown)["_format_version"] == "3.0"


def test_a_second_run_writes_it_anew(tmp_path: Path):
    file = tmp_path / "vaults.yaml"
    command = ["kong", "deck", STACK, "--output", str(file)]
    assert run(command) == Exit.OK
    first = file.read_text("utf-8")
    file.write_text(first + "# by hand\n", "utf-8")
    assert run(command) == Exit.OK
    assert file.read_text("utf-8") == first


def test_a_file_of_somebody_elses_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "kong.yaml"
    file.write_text("_format_version: '3.0'\nservices: []\n", "utf-8")
    assert run(["kong", "deck", STACK, "--output", str(file)]) == Exit.INPUT
    assert "services" in file.read_text("utf-8")
    assert "this file wasn't written by kong deck, and it stays as it is; name another file or remove it" in (
        capsys.readouterr().err
    )


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "missing" / "kong.yaml"
    assert run(["kong", "deck", STACK, "--output", str(file)]) == Exit.INPUT
    assert f"--output {file}: can't be written (FileNotFoundError)" in capsys.readouterr().err


def test_no_value_of_the_environment_gets_into_the_file_or_on_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    for name in (*NAMES, "KONG_VAULT_HCV_TOKEN", "VAULT_TOKEN"):
        monkeypatch.setenv(name, CANARY)
    file = tmp_path / "kong.yaml"
    assert run(["kong", "deck", STACK, "--output", str(file)]) == Exit.OK
    assert run(["kong", "environment", STACK]) == Exit.OK
    shown = capsys.readouterr()
    assert CANARY not in shown.out + shown.err + file.read_text("utf-8")


def test_the_environment_is_one_line_a_variable(capsys: pytest.CaptureFixture[str]):
    assert run(["kong", "environment", STACK]) == Exit.OK
    lines = dict(line.split("=", 1) for line in capsys.readouterr().out.splitlines())
    assert lines["KONG_VAULT_HCV_HOST"] == "openbao.gate.example"
    assert lines["KONG_KEYRING_VAULT_HOST"] == "https://openbao.gate.example:8200"


def test_a_token_comes_from_whoever_hands_it_over(capsys: pytest.CaptureFixture[str]):
    stack = str(path("kong-token"))
    assert run(["kong", "deck", stack, "--output", "-"]) == Exit.OK
    shown = capsys.readouterr()
    assert f": a token of the vault's role: workload-secrets identity token {stack} local-hand\n" in shown.err
    assert '${{ env "DECK_LOCAL_HAND_TOKEN" | indent 6 }}' in shown.out


def test_what_a_secret_has_to_hold_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    text = path("gateways").read_text("utf-8").replace("environmentVault: pods", "environmentVault: machine")
    stack = tmp_path / "gateways.yaml"
    stack.write_text(text, "utf-8")
    assert run(["kong", "environment", str(stack)]) == Exit.OK
    shown = capsys.readouterr()
    assert "KONG_VAULT_HCV_AUTH_METHOD=approle\n" in shown.out
    assert "ROLE_ID" not in shown.out
    assert (
        "set from a Kubernetes Secret: KONG_VAULT_HCV_APPROLE_ROLE_ID: the role id of the AppRole: "
        f"workload-secrets identity role-id {stack} edge-machine\n"
    ) in shown.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["deck", STACK, "--gateway", "west"], "--gateway west: stack gateways declares no such gateway"),
        (["deck", str(path("dev"))], "workload-secrets:gateways declares no gateway"),
        (["environment", str(path("dev"))], "workload-secrets:gateways declares no gateway"),
        (
            ["environment", str(path("kong-token"))],
            "gateway local declares neither environmentVault nor keyring",
        ),
    ],
)
def test_what_can_not_be_written_is_said(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
):
    assert run(["kong", *arguments, *(["--output", "-"] if arguments[0] == "deck" else [])]) == Exit.INPUT
    assert message in capsys.readouterr().err
