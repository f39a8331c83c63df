"""A Vault that lets a gateway do otherwise than declared is found, whatever it lets it do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.access.usage.gateway_fakes import OWN, Room, Server
from tests.kong.fake_vault import fake_vault
from workload_secrets.access.observed.cluster import RefusedError
from workload_secrets.access.usage import gateway_logins, kong
from workload_secrets.access.usage.context import Usage


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    server = Server()
    with fake_vault(tmp_path, server.answer) as vault:
        made = Room(vault, server)

        def read(path: str) -> Mapping[str, Any]:
            raise RefusedError(f"GET {path}: 404", 404)

        administrator = SimpleNamespace(token=lambda *_: made.others[0], read=read)
        monkeypatch.setattr(gateway_logins, "_administrator", lambda _: administrator)
        monkeypatch.setattr(gateway_logins, "_certificate", lambda *_: ("", ""))
        yield made


def test_what_is_as_declared_is_said(room: Room) -> None:
    room.texts = (OWN, "{vault://pods/own/key#3}")
    assert room.prove() == Usage(
        (
            "edge/pods: edge logs in by kubernetes and resolves 2 references; 2 other secrets refused",
            "edge/pods: ServiceAccount kong/default is refused on the role",
            "edge/pods: ServiceAccount billing/billing is refused on the role",
            "edge/pods: a new version of own resolves at once, and #3 still gives the old value; a key that "
            "isn't there is named",
        )
    )


def test_a_machine_logs_in_both_ways(room: Room) -> None:
    room.method = "approle"
    used = room.prove()
    assert used.problems == ()
    assert (
        "edge/pods: logs in with a plain and with a wrapped secret id; the used wrapping token is refused"
    ) in used.lines


def only(room: Room) -> str:
    used = room.prove()
    assert used.lines == ()
    (problem,) = used.problems
    return problem


def test_a_gateway_that_is_refused_is_a_problem(room: Room) -> None:
    room.server.shows = ()
    assert only(room).startswith("edge/pods: login: role edge of kubernetes: HTTP 403")


def test_another_secret_that_can_be_read_is_a_problem(room: Room) -> None:
    room.server.readable = ("own", "third")
    assert only(room) == "edge/pods: edge gets to third, which it is not declared to read: read"


def test_a_reference_to_something_else_is_a_problem(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kong, "digest", lambda _: "another")
    assert only(room) == f"edge/pods: {OWN}: resolves to something else than what was written to own"


def test_another_account_that_gets_in_is_a_problem(room: Room) -> None:
    room.server.shows = ("own-account", "stranger")
    assert only(room) == "edge/pods: ServiceAccount kong/default logs in as edge"


def test_a_wrapping_token_that_serves_twice_is_a_problem(room: Room) -> None:
    room.method, room.server.reuse = "approle", True
    assert only(room) == "edge/pods: a used wrapping token is good for another login"


def test_a_login_without_a_certificate_is_a_problem(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.method = "cert"
    monkeypatch.setattr(gateway_logins, "brought", lambda *_: gateway_logins.Brought())
    assert only(room) == "edge/pods: without a certificate logs in as edge"


def test_an_oauth2_login_refuses_a_token_for_another_audience(room: Room) -> None:
    room.method = "oauth2"
    used = room.prove()
    assert used.problems == ()
    assert "edge/pods: a token for another audience is refused on the role" in used.lines


def test_an_oauth2_login_that_takes_any_audience_is_a_problem(room: Room) -> None:
    room.method, room.server.shows = "oauth2", ("own-account", "foreign")
    assert only(room) == "edge/pods: a token for another audience logs in as edge"


def test_a_server_that_fails_has_refused_nobody(room: Room) -> None:
    room.server.refuses = 500
    assert "Vault itself fails" in only(room)


def test_a_version_that_is_not_kept_is_a_problem(room: Room) -> None:
    room.server.forgetful = True
    assert "#1 gives another value than before version 2" in only(room)


def test_a_pinned_version_too_far_off_is_not_waited_for(room: Room) -> None:
    room.texts = ("{vault://pods/own/key#99}",)
    assert only(room) == "edge/pods: {vault://pods/own/key#99}: version 99 is too far off to be tried"


def test_a_vault_of_base64_is_read_and_refused_as_kong_refuses_it(room: Room) -> None:
    room.base64 = True
    room.texts = (OWN, "{vault://pods/own/key#2}")
    used = room.prove()
    assert used.problems == ()
    assert used.lines[0].startswith(
        "edge/pods: edge logs in by kubernetes and resolves 2 references; 2 other"
    )


def test_a_secret_that_nobody_writes_is_read_and_not_there(room: Room) -> None:
    room.unwritten = True
    room.server.values["own"] = []
    used = room.prove()
    assert used.problems == ()
    assert "edge/pods: 1 reference may be read; nobody here writes a value" in used.lines
    assert used.lines[0].startswith(
        "edge/pods: edge logs in by kubernetes and resolves 0 references; 2 other"
    )


def test_a_value_that_nobody_wrote_is_a_problem(room: Room) -> None:
    room.unwritten = True
    room.server.values["own"] = ["foreign"]
    assert only(room) == f"edge/pods: {OWN}: resolves to what nobody wrote"


def test_a_vault_of_base64_that_takes_plain_text_is_a_problem(room: Room) -> None:
    room.base64 = True
    room.server.values["own"] = ["AAAA"]
    assert only(room) == f"edge/pods: {OWN}: resolves without being decoded"


def test_a_missing_object_is_a_problem(room: Room) -> None:
    room.kong_vault = "edge-pods"
    assert only(room).startswith("edge/pods: KongVault edge-pods can't be read back: GET /apis/")


def test_no_value_shows_in_what_is_said(room: Room) -> None:
    used = room.prove()
    assert "own-1" not in "".join(used.lines + used.problems)
