"""The databases that stacks declare: one PostgreSQL for each address, and how to reach it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from workload_secrets.declaration import Declaration
from workload_secrets.errors import ServerError
from workload_secrets.sandbox import postgres
from workload_secrets.sandbox.certificates import Authority
from workload_secrets.sandbox.files import below, private_folder
from workload_secrets.sandbox.handle import DatabaseServer, Part, Sandbox, StackSpec
from workload_secrets.sandbox.ports import LOOPBACK, free_ports
from workload_secrets.sandbox.servers import Servers

UNGRANTED: Final = "workload_secrets_not_granted"
"""A table beside the granted ones, and a schema with one of the same name. Proofs try both."""


@dataclass(frozen=True, kw_only=True)
class Starting:
    """A server that was started and may not answer yet."""

    part: Part
    server: DatabaseServer


def start(
    servers: Servers, specs: Iterable[StackSpec], folder: Path, authority: Authority
) -> Mapping[str, Starting]:
    """Starts a server for each declared HOST:PORT; none where no stack declares a database."""
    places = sorted({place for spec in specs for place in spec.databases})
    if not places:
        return {}
    binaries = postgres.find()
    started: dict[str, Starting] = {}
    for number, place in enumerate(places):
        name = f"postgresql-{number}" if number else "postgresql"
        (port,) = free_ports(1)
        pair = authority.server(name)
        command, password = postgres.prepare(folder / name, port, pair, binaries, name)
        server = DatabaseServer(host=LOOPBACK, port=port, superuser_file=password)
        started[place] = Starting(part=servers.start(command), server=server)
    return started


def finish(servers: Servers, starting: Starting, ca_file: Path) -> None:
    """Waits until the server answers. Raises ServerError."""
    servers.wait(starting.part, lambda: postgres.answers(starting.server, ca_file))


def server_of(sandbox: Sandbox, declaration: Declaration, connection: str) -> DatabaseServer:
    """The server that stands in for a connection's own. Raises ServerError where there is none."""
    wanted = _place(declaration, connection)
    for declared, server in sandbox.databases.items():
        # A deployed stack declares the sandbox's own address by then.
        if wanted in (declared, f"{server.host}:{server.port}"):
            return server
    raise ServerError(f"the sandbox has no database for connection {connection}")


def places(declaration: Declaration) -> tuple[str, ...]:
    """Where every database is that the stack's secrets are of, sorted."""
    used = {secret.database.connection for secret in declaration.secrets.values() if secret.database}
    return tuple(sorted({_place(declaration, name) for name in used}))


def _place(declaration: Declaration, connection: str) -> str:
    """HOST:PORT; where an existing connection's is not declared, the connection stands for it."""
    endpoint = declaration.endpoints.databases.get(connection)
    return f"{endpoint.host}:{endpoint.port}" if endpoint else connection


def password_file(sandbox: Sandbox, stack: str, connection: str) -> Path:
    """Where the admin's first password is kept, mode 0600, to hand over and to see it refused."""
    return below(private_folder(sandbox.folder / "stacks" / stack), f"database-{connection}.password")


def endpoints(sandbox: Sandbox, stack: str, declaration: Declaration) -> dict[str, Any]:
    """The `databases` of the stack's endpoints in this sandbox. A password that was declared in
    an environment variable stays in it; one in a file is in the sandbox's file."""
    made: dict[str, Any] = {}
    for name, declared in declaration.endpoints.databases.items():
        server = sandbox.databases.get(f"{declared.host}:{declared.port}")
        if server is None:
            continue
        made[name] = {"host": server.host, "port": server.port, "caFile": str(sandbox.ca_file)}
        source = declared.admin_password
        if source is not None:
            file = str(password_file(sandbox, stack, name))
            made[name]["adminPassword"] = {"env": source.env} if source.env else {"file": file}
    return made


def password_files(sandbox: Sandbox, stack: str, declaration: Declaration) -> dict[str, Path]:
    """The files of the admins' passwords that a deploy takes from its environment, by variable."""
    return {
        declared.admin_password.env: file
        for name, declared in declaration.endpoints.databases.items()
        if declared.admin_password and declared.admin_password.env
        if (file := password_file(sandbox, stack, name)).exists()
    }


def environment(sandbox: Sandbox, stack: str, declaration: Declaration) -> dict[str, str]:
    """What a deploy gets in its environment. It holds passwords, so it is never printed."""
    files = password_files(sandbox, stack, declaration)
    return {variable: file.read_text() for variable, file in files.items()}
