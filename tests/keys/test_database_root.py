"""Handing a database's admin password over: once, rotated at once, repeated without harm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workload_secrets.errors import InputError, ServerError
from workload_secrets.keys.database_root import AdminPassword, Connection, hand_over
from workload_secrets.keys.vault_http import Answer, VaultHttp

PASSWORD = "hunter2-the-admin"
ENVIRONMENT = {"DB_ADMIN": PASSWORD}
SOURCE = AdminPassword(env="DB_ADMIN")
PLACE = Connection(mount="database", name="postgres")


class Server(VaultHttp):
    """A Vault with one connection. `stored` is the password it has, `real` the database's."""

    def __init__(self, *, stored: str = "", real: str = PASSWORD, there: bool = True) -> None:
        self.stored, self.real, self.there = stored, real, there
        self.broken: str | None = None
        self.calls: list[tuple[str, str]] = []

    def call(self, method: str, path: str, body: object = None, **_: object) -> Answer:
        self.calls.append((method, path))
        given: Any = body or {}
        if self.broken and path.startswith(self.broken) and self.stored:
            return Answer(500, {"errors": [f"it broke with {PASSWORD}"]})
        if path == "database/rotate-root/postgres":
            if not self.stored or self.stored != self.real:
                return Answer(500, {"errors": ["no password in configuration"]})
            self.stored = self.real = f"rotated-{len(self.calls)}"
            return Answer(204, {})
        if method == "GET":
            return Answer(200 if self.there else 404, {})
        assert given["verify_connection"] is True
        if given["password"] != self.real:
            return Answer(400, {"errors": [f"error verifying connection: {given['password']}"]})
        self.stored = given["password"]
        return Answer(204, {})


def test_a_new_connection_gets_the_password_and_loses_it_at_once():
    server = Server()
    assert hand_over(server, PLACE, SOURCE, ENVIRONMENT) == "initialised"
    assert server.real == server.stored != PASSWORD


def test_a_working_connection_is_rotated_and_the_source_not_read():
    """Else a repeated run would put the first password over the one that works."""
    server = Server(stored="rotated", real="rotated")
    assert hand_over(server, PLACE, AdminPassword(env="NOT_SET"), {}) == "rotated"
    assert server.calls == [("POST", "database/rotate-root/postgres")]


def test_what_failed_half_way_is_finished_by_a_repetition():
    server = Server()
    server.broken = "database/rotate-root"
    with pytest.raises(ServerError, match="works but was not rotated"):
        hand_over(server, PLACE, SOURCE, ENVIRONMENT)
    server.broken = None
    assert hand_over(server, PLACE, SOURCE, ENVIRONMENT) == "rotated"
    assert server.real != PASSWORD


def test_a_wrong_password_is_refused_and_names_its_source_only():
    with pytest.raises(ServerError) as refused:
        hand_over(Server(real="another"), PLACE, SOURCE, ENVIRONMENT)
    assert "environment variable DB_ADMIN" in str(refused.value)
    assert PASSWORD not in str(refused.value)


def test_a_server_that_repeats_the_password_is_not_quoted():
    server = Server()
    server.broken = "database/rotate-root"
    with pytest.raises(ServerError) as refused:
        hand_over(server, PLACE, SOURCE, ENVIRONMENT)
    assert PASSWORD not in str(refused.value)
    assert "500" in str(refused.value)


def test_a_connection_that_is_not_there_is_said_so_before_the_password_is_read():
    with pytest.raises(ServerError, match="is not there; deploy the stack first"):
        hand_over(Server(there=False), PLACE, AdminPassword(env="NOT_SET"), {})


@pytest.mark.parametrize("value", ["", "\n", "two\nlines", "a\x00b"])
def test_a_source_without_a_password_is_refused(value: str):
    with pytest.raises(InputError) as refused:
        AdminPassword(env="DB_ADMIN").read({"DB_ADMIN": value})
    assert "environment variable DB_ADMIN holds no password" in str(refused.value)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_file_s_last_line_break_is_no_part_of_the_password(tmp_path: Path, ending: str):
    file = tmp_path / "admin"
    file.write_bytes(f"{PASSWORD}{ending}".encode())
    assert AdminPassword(file=file).read() == PASSWORD


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(InputError, match=r"absent can't be read \(FileNotFoundError\)"):
        AdminPassword(file=tmp_path / "absent").read()
