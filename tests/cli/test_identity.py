"""What a courier hands over, and that nothing but the wrapping token is printed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stacks.read import path
from workload_secrets.cli.main import run
from workload_secrets.errors import Exit
from workload_secrets.keys.vault_http import Answer, VaultHttp

STACK = str(path("identities"))
GATEWAYS = str(path("gateway-logins"))


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, object, dict[str, str]]]:
    """A Vault that wraps where it is asked to, and notes every call."""
    calls: list[tuple[str, str, object, dict[str, str]]] = []

    def call(self: VaultHttp, method: str, where: str, body: object = None, **more: Any) -> Answer:
        headers: dict[str, str] = more.get("headers") or {}
        calls.append((method, where, body, headers))
        if where.endswith("/role-id"):
            return Answer(200, {"data": {"role_id": "the-role-id"}})
        if "X-Vault-Wrap-TTL" not in headers:
            return Answer(403, {"errors": ["permission denied"]})
        return Answer(200, {"wrap_info": {"token": "s.wrapping", "ttl": 30}})

    monkeypatch.setenv("VAULT_TOKEN", "courier")
    monkeypatch.setattr(VaultHttp, "call", call)
    return calls


def test_the_wrapping_token_alone_goes_to_standard_output(
    vault: list[tuple[str, str, object, dict[str, str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["identity", "secret-id", STACK, "backup-host", "--wrap-seconds", "30"]) == Exit.OK
    shown = capsys.readouterr()
    assert shown.out == "s.wrapping\n"
    assert "within 30 s" in shown.err
    assert "s.wrapping" not in shown.err
    path_, headers = "auth/approle/role/backup-host/secret-id", {"X-Vault-Wrap-TTL": "30s"}
    assert vault == [("POST", path_, {}, headers)]


def test_a_role_id_is_printed_as_it_is(
    vault: list[tuple[str, str, object, dict[str, str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["identity", "role-id", STACK, "vault-host"]) == Exit.OK
    assert capsys.readouterr().out == "the-role-id\n"
    assert [call[1] for call in vault] == ["auth/machines/role/vault-host/role-id"]


@pytest.mark.usefixtures("vault")
@pytest.mark.parametrize(
    ("stack", "name", "todo"),
    [
        (STACK, "backup-host", "on the machine: VAULT_TOKEN=TOKEN vault unwrap"),
        (GATEWAYS, "machines-counted", "and write the secret id to /etc/kong/vault/secret-id"),
        (GATEWAYS, "machines-wrapped", "write it as it is to /etc/kong/vault/secret-id of one node"),
    ],
)
def test_what_is_done_with_the_token_is_said(
    stack: str, name: str, todo: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["identity", "secret-id", stack, name]) == Exit.OK
    assert todo in capsys.readouterr().err


@pytest.mark.usefixtures("vault")
@pytest.mark.parametrize("name", ["release", "shop", "nobody"])
def test_only_machines_have_a_secret_id(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["identity", "secret-id", STACK, name]) == Exit.INPUT
    assert f"{name} is no workload or writer with identity approle; those of this stack: backup-host" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize("seconds", ["0", "601"])
def test_a_wrapping_longer_than_the_policy_allows_is_refused(seconds: str) -> None:
    assert run(["identity", "secret-id", STACK, "backup-host", "--wrap-seconds", seconds]) == Exit.INPUT


def test_without_a_token_nothing_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("VAULT_TOKEN", raising=False)
    assert run(["identity", "role-id", STACK, "backup-host"]) == Exit.INPUT
    assert "VAULT_TOKEN is not set; log in to Vault as a courier" in capsys.readouterr().err


TOKENS = str(path("kong-token"))


def test_of_a_token_too_only_the_wrapping_token_is_printed(
    vault: list[tuple[str, str, object, dict[str, str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["identity", "token", TOKENS, "local-near", "--wrap-seconds", "30"]) == Exit.OK
    shown = capsys.readouterr()
    assert shown.out == "s.wrapping\n"
    assert "within 30 s" in shown.err
    assert "vault unwrap -field=token" in shown.err
    assert "s.wrapping" not in shown.err
    headers = {"X-Vault-Wrap-TTL": "30s"}
    assert vault == [("POST", "auth/token/create/gateway-near", {}, headers)]


@pytest.mark.usefixtures("vault")
@pytest.mark.parametrize("name", ["data-plane", "nobody"])
def test_only_vaults_with_auth_token_have_one(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["identity", "token", TOKENS, name]) == Exit.INPUT
    assert (
        f"{name} is no vault of a gateway with auth token; those of this stack: local-hand, local-near"
        in capsys.readouterr().err
    )
