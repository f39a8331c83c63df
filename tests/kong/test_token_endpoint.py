"""The token of an OAuth2 login is asked for by the client's own grant, over TLS alone."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.kong.fake_vault import FakeVault, fake_vault
from workload_secrets.errors import InputError, ServerError
from workload_secrets.kong.entity import Entity
from workload_secrets.kong.logins import Brought
from workload_secrets.kong.resolver import Gateway
from workload_secrets.kong.token_endpoint import access_token
from workload_secrets.kong.unresolved import Unresolved


@contextmanager
def endpoint(
    folder: Path, monkeypatch: pytest.MonkeyPatch, answer: tuple[int, Any], **headers: str
) -> Generator[tuple[FakeVault, Entity]]:
    with fake_vault(folder, lambda _: answer, headers) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.ca_file))
        fields = {
            "oauth2_token_endpoint": f"https://127.0.0.1:{server.port}/oauth/token",
            "oauth2_client_id": "edge",
            "oauth2_audiences": "https://vault.example, second",
        }
        yield server, Entity(fields)


def test_the_client_asks_for_its_own_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(tmp_path, monkeypatch, (200, {"access_token": "bearer"})) as (server, entity):
        assert access_token(entity, "the-secret") == "bearer"
    assert server.calls == [("POST", "/oauth/token")]
    assert parse_qsl(server.requests[0].body) == [
        ("grant_type", "client_credentials"),
        ("client_id", "edge"),
        ("client_secret", "the-secret"),
        ("audience", "https://vault.example"),
        ("audience", "second"),
    ]


def test_its_token_is_what_vault_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vault").mkdir()
    login = {"auth": {"client_token": "vault-token"}}
    with (
        endpoint(tmp_path, monkeypatch, (200, {"access_token": "bearer"})) as (_, entity),
        fake_vault(tmp_path / "vault", lambda _: (200, login)) as vault,
    ):
        fields = {**vault.fields, **entity.fields, "auth_method": "oauth2", "oauth2_role_name": "edge"}
        brought = Brought(values={"oauth2_client_secret": "the-secret"})
        assert Gateway(fields, brought, str(vault.ca_file)).log_in().http.token == "vault-token"
    assert vault.requests[0].body == {"jwt": "bearer", "role": "edge"}


@pytest.mark.parametrize(
    "answer",
    [
        (401, {"error": "invalid_client", "error_description": "the-secret is wrong"}),
        (200, {"token_type": "bearer"}),
        (200, ["x"]),
        (500, None),
    ],
)
def test_no_token_is_named_without_what_was_sent(
    answer: tuple[int, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        endpoint(tmp_path, monkeypatch, answer) as (_, entity),
        pytest.raises(Unresolved, match=f"gives no token: HTTP {answer[0]}") as found,
    ):
        access_token(entity, "the-secret")
    assert found.value.step == "credential"
    assert "the-secret" not in str(found.value)


def test_a_redirect_takes_the_secret_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    away = "https://127.0.0.1:1/"
    with (
        endpoint(tmp_path, monkeypatch, (307, {}), Location=away) as (server, entity),
        pytest.raises(Unresolved, match="HTTP 307"),
    ):
        access_token(entity, "the-secret")
    assert len(server.requests) == 1


@pytest.mark.parametrize("url", ["http://idp.example/token", ""])
def test_an_endpoint_without_tls_gets_no_secret(url: str) -> None:
    with pytest.raises(InputError, match="allowed: https"):
        access_token(Entity({"oauth2_token_endpoint": url}), "the-secret")


def test_an_endpoint_of_an_unknown_authority_gets_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with endpoint(tmp_path, monkeypatch, (200, {"access_token": "bearer"})) as (server, entity):
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(ServerError, match="name its CA in SSL_CERT_FILE"):
            access_token(entity, "the-secret")
        assert server.requests == []
