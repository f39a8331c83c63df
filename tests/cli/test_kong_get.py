"""`kong get` says what resolved, takes what the gateway's login needs, and shows a value only when asked."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives import serialization

from tests.kong.fake_exec import fake_exec
from tests.kong.fake_vault import FakeVault, Request, fake_vault
from tests.stacks.read import ROOT, path
from workload_secrets.access.observed.cluster import ClusterClient, RefusedError
from workload_secrets.access.observed.kubeconfig import Connection
from workload_secrets.cli import kong_credentials, kong_get
from workload_secrets.cli.main import run
from workload_secrets.errors import Exit
from workload_secrets.graph.capture import capture
from workload_secrets.sandbox.certificates import Authority

NAME = "{vault://north-pods/customer/acme/name}"
BRANCH = "{vault://south-branch/south/branch/api_key}"
CLEARING = "{vault://south-clearing/south/clearing/api_key}"
VALUE = "a value of 21 letters"


class Stack:
    """The stack `kong` with its Vault on 127.0.0.1."""

    def __init__(self, vault: FakeVault, folder: Path) -> None:
        self.vault = vault
        data: dict[str, Any] = yaml.safe_load(path("kong").read_text("utf-8"))
        ends = data["config"]["workload-secrets:endpoints"]
        ends["vault"] = {"address": f"https://127.0.0.1:{vault.port}", "caFile": str(vault.ca_file)}
        self.file = folder / "kong.yaml"
        self.file.write_text(yaml.safe_dump(data))

    def get(self, reference: str, *more: str | Path) -> int:
        return run(["kong", "get", str(self.file), reference, *map(str, more), "--project", str(ROOT)])


def answer(request: Request) -> tuple[int, Any]:
    if request.path.endswith("/login"):
        return 200, {"auth": {"client_token": "t"}}
    if request.path == "sys/wrapping/unwrap":
        return 200, {"data": {"secret_id": "unwrapped"}}
    if request.path.endswith("/role-id"):
        return 200, {"data": {"role_id": "asked-for"}}
    return 200, {"data": {"data": {"name": VALUE, "api_key": VALUE}, "metadata": {"version": 4}}}


@pytest.fixture(scope="module")
def only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    with fake_vault(folder, answer) as vault:
        yield Stack(vault, folder)


captured = cache(capture)
"""The program runs once for all tests here."""


@pytest.fixture
def stack(only: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    only.vault.requests.clear()
    ca = only.vault.ca_file.read_text()
    connected = Connection(server="https://127.0.0.1:1", authority=ca, token="me")
    for module in (kong_get, kong_credentials):
        monkeypatch.setattr(module, "connection", lambda _: connected)
    monkeypatch.delenv("VAULT_TOKEN", raising=False)
    monkeypatch.setattr(kong_get, "capture", captured)
    monkeypatch.setattr(ClusterClient, "token", lambda *asked: "/".join(asked[1:]))
    return only


def secret_id(tmp_path: Path) -> Path:
    file = tmp_path / "secret-id"
    file.write_text("wrapping\n")
    return file


def test_it_says_what_resolved_and_how_long_the_value_is(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stack.get(NAME) == Exit.OK
    shown = capsys.readouterr()
    assert shown.out == (
        f"{NAME}: resolved at north/north-pods as north-dp: secret routes-gw/customer/acme, key name, "
        "version 4: 21 characters\n"
    )
    login, read = stack.vault.requests
    assert (login.path, login.namespace) == ("auth/gw-pods/login", "team/gw")
    assert login.body == {"role": "north-dp", "jwt": "north/north-dp/https://kubernetes.default.svc"}
    assert (read.path, read.namespace, read.token) == ("routes-gw/data/customer/acme", "team/gw", "t")


def test_the_argument_may_come_without_braces_as_kong_takes_it(stack: Stack) -> None:
    assert stack.get("north-pods/customer/acme/name") == Exit.OK


def test_the_environments_prefix_means_the_vault_that_the_environment_configures(stack: Stack) -> None:
    assert stack.get("{vault://hcv/customer/acme/name}") == Exit.OK
    assert stack.vault.requests[0].path == "auth/gw-pods/login"


def test_revealed_the_value_stands_alone(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    assert stack.get(NAME, "--reveal") == Exit.OK
    assert capsys.readouterr().out == VALUE


def test_a_machine_takes_its_secret_id_by_file_and_says_that_it_is_used_up(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--secret-id-file", secret_id(tmp_path), "--role-id", "mine"]
    assert stack.get(BRANCH, *given) == Exit.OK
    shown = capsys.readouterr()
    assert "its wrapping token is used up by this; the gateway needs another" in shown.err
    assert VALUE not in shown.out + shown.err
    unwrap, login, _ = stack.vault.requests
    assert unwrap.token == "wrapping"
    assert login.body == {"role_id": "mine", "secret_id": "unwrapped"}


def test_an_encrypted_key_asks_nobody_for_its_password(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Authority(tmp_path, "gateway").server("gateway")
    loaded = serialization.load_pem_private_key(made.key.read_bytes(), None)
    encrypted = tmp_path / "encrypted.key"
    how = serialization.BestAvailableEncryption(b"word")
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    encrypted.write_bytes(loaded.private_bytes(pem, pkcs8, how))
    assert stack.get(CLEARING, "--certificate", made.certificate, "--key", encrypted) == Exit.INPUT
    assert "both PEM and not encrypted" in capsys.readouterr().err
    assert stack.get(CLEARING, "--certificate", made.certificate, "--key", made.key) == Exit.OK


def test_without_a_role_id_a_courier_asks_for_it(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "courier")
    assert stack.get(BRANCH, "--secret-id-file", secret_id(tmp_path)) == Exit.OK
    assert stack.vault.requests[0].path == "auth/approle/role/south-south-branch/role-id"
    assert stack.vault.requests[2].body["role_id"] == "asked-for"


@pytest.mark.parametrize(
    ("reference", "more", "why"),
    [
        (BRANCH, [], "south/south-branch logs in by approle; give --secret-id-file"),
        (BRANCH, ["--secret-id-file", "absent"], "--secret-id-file absent: can't be read"),
        (BRANCH, ["--secret-id-file", "certs/dev-vault.pem"], "give --role-id"),
        (CLEARING, [], "south/south-clearing logs in by cert; give --certificate and --key"),
        (
            CLEARING,
            ["--certificate", "a", "--key", "b"],
            "--certificate a, --key b: no certificate with its own",
        ),
        (CLEARING, ["--certificate", "certs/dev-vault.pem", "--key", "certs/dev-vault.pem"], "(SSLError)"),
        ("{vault://nobody/a/b}", [], "prefix nobody: no vault of the stack has it; declared: north/north-"),
        (NAME, ["--gateway", "south"], "prefix north-pods: no vault of the stack has it"),
        (
            NAME,
            ["--gateway", "east"],
            "--gateway east: this stack declares no such gateway; it declares: north",
        ),
        ("a {vault://north-pods/a/b}", [], "REFERENCE: "),
        (NAME, ["--pod", "edge-0", "--reveal"], "--reveal and --pod"),
        (BRANCH, ["--pod", "edge-0"], "--pod edge-0: the gateway is no pod of this stack"),
        (NAME, ["--pod", "north/"], "--pod north/: "),
    ],
)
def test_what_is_missing_or_wrong_is_named(
    reference: str, more: list[str], why: str, stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stack.get(reference, *more) == Exit.INPUT
    assert why in capsys.readouterr().err
    assert stack.vault.requests == []


def test_a_key_that_is_not_there_ends_with_the_code_of_access(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stack.get("{vault://north-pods/customer/acme/nothing}") == Exit.ACCESS
    assert "value: the secret has no key nothing; it has api_key, name" in capsys.readouterr().err


def test_a_cluster_that_gives_no_token_ends_with_the_code_of_servers(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: Any) -> str:
        raise RefusedError("POST token: 403 forbidden", 403)

    monkeypatch.setattr(ClusterClient, "token", refuse)
    assert stack.get(NAME) == Exit.SERVER
    assert "the prover lacks a right in the cluster" in capsys.readouterr().err


def test_in_a_pod_kong_itself_is_asked_and_no_value_comes_out(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cluster").mkdir()
    with fake_exec(tmp_path / "cluster", f"echo '{VALUE}'") as server:
        address = f"https://127.0.0.1:{server.port}"
        connected = Connection(server=address, authority=server.authority, token="me")
        monkeypatch.setattr(kong_get, "connection", lambda _: connected)
        assert stack.get(NAME, "--pod", "kong/edge-0") == Exit.OK
        shown = capsys.readouterr()
        assert shown.out == (
            f"{NAME}: kong vault get gave 21 bytes in container proxy of pod kong/edge-0; they stayed there\n"
        )
        assert stack.get(NAME, "--pod", "edge-0") == Exit.SERVER
        assert "container proxy of pod north/edge-0: HTTP 404" in capsys.readouterr().err
    assert VALUE.encode() not in server.sent
    assert stack.vault.requests == []
