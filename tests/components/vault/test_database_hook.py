"""The hook that hands a password over: as the engine calls it, and what it says when it fails."""

from __future__ import annotations

import pytest

from components.vault import database_hook
from components.vault.database_hook import DatabaseTarget, PasswordError, initialise
from workload_secrets.errors import ServerError
from workload_secrets.keys.database_root import AdminPassword, Connection, State
from workload_secrets.keys.vault_http import VaultHttp

TARGET = DatabaseTarget(
    address="https://vault.example:8200",
    ca_file=None,
    namespace="team",
    connection=Connection(mount="database", name="postgres"),
    password=AdminPassword(env="DB_ADMIN"),
)


def test_without_a_token_nothing_is_tried():
    with pytest.raises(PasswordError) as refused:
        initialise(TARGET, {"DB_ADMIN": "hunter2"})
    assert "VAULT_TOKEN is not set" in str(refused.value)
    assert "run `workload-secrets database init`" in str(refused.value)


def test_it_goes_to_the_stack_s_vault_with_the_deployers_token(monkeypatch: pytest.MonkeyPatch):
    seen: list[tuple[str, Connection, AdminPassword]] = []

    def hand_over(http: VaultHttp, place: Connection, source: AdminPassword, _: object) -> State:
        seen.append((http.token, place, source))
        return "initialised"

    monkeypatch.setattr(database_hook, "hand_over", hand_over)
    assert initialise(TARGET, {"VAULT_TOKEN": "t"}) == "initialised"
    assert seen == [("t", TARGET.connection, TARGET.password)]


def test_a_failure_names_the_command_that_repeats_it(monkeypatch: pytest.MonkeyPatch):
    def hand_over(*_: object) -> State:
        raise ServerError("connection database/config/postgres: 400")

    monkeypatch.setattr(database_hook, "hand_over", hand_over)
    with pytest.raises(PasswordError, match="run `workload-secrets database init`"):
        initialise(TARGET, {"VAULT_TOKEN": "t"})
