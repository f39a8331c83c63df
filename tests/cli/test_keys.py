from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workload_secrets.cli import keys
from workload_secrets.cli.main import run
from workload_secrets.declaration import Declaration, Secret
from workload_secrets.errors import Exit, ServerError
from workload_secrets.keys.actions import KeyStatus

SECRET = Secret(backend="aws", encoding="flat", name="n")


class Store:
    """Readable or not."""

    def __init__(self, readable: bool) -> None:
        self.readable = readable


class FakeClients:
    """Only secrets whose path is `mine` may be read."""

    def store(self, about: Secret) -> Any:
        return Store(about.name == "mine")


def fake(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    secrets = {f"s-{name}": SECRET.model_copy(update={"name": name}) for name in names}
    declaration = Declaration.model_construct(secrets=secrets)

    def status(store: Store, _: Secret) -> tuple[KeyStatus, ...]:
        if not store.readable:
            raise ServerError("AWS secret other: get_secret_value: AccessDeniedException")
        return (KeyStatus("a", "set", required=True, age_days=1),)

    def opened(_stack: str, _project: Path | None) -> tuple[Declaration, Any]:
        return declaration, FakeClients()

    monkeypatch.setattr(keys, "_open", opened)
    monkeypatch.setattr(keys, "status", status)


def test_a_secret_that_may_not_be_read_is_a_row_and_the_rest_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake(monkeypatch, "alien", "mine")
    assert run(["keys", "status", "dev", "--format", "json"]) == Exit.OK
    shown = capsys.readouterr()
    found = json.loads(shown.out)
    assert found["s-alien"][0]["state"] == "not readable"
    assert found["s-mine"][0]["state"] == "set"
    assert "AccessDeniedException" in shown.err


def test_where_nothing_may_be_read_the_server_is_to_blame(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake(monkeypatch, "alien", "other")
    assert run(["keys", "status", "dev"]) == Exit.SERVER
    assert "AccessDeniedException" in capsys.readouterr().err
