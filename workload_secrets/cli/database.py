"""`database init`: hands a database's admin password to Vault, where the deploy's hook could not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from workload_secrets.access.derived import declaration_of
from workload_secrets.cli.console import ProjectOption, StackArgument, project_folder, write
from workload_secrets.declaration import Declaration
from workload_secrets.declaration.secret import Secret
from workload_secrets.errors import InputError
from workload_secrets.graph.capture import capture
from workload_secrets.keys.clients import Clients
from workload_secrets.keys.database_root import AdminPassword, Connection, hand_over

app = typer.Typer(
    help="Looks after the connections that Vault has to databases. Takes VAULT_TOKEN, the deployer's.",
    epilog="Example: workload-secrets database init dev",
    no_args_is_help=True,
)
OnlyOption = Annotated[
    list[str] | None, typer.Option("--connection", help="Only this key of shared.databases; may be repeated.")
]


@app.callback()
def database() -> None:
    """Keeps `init` a verb of its own."""


@app.command("init", epilog="Example: workload-secrets database init dev --connection orders")
def init(stack: StackArgument, connection: OnlyOption = None, project: ProjectOption = None) -> None:
    """Hands over the admin's password of each connection that has none, and rotates it.

    The password comes from where endpoints.databases says. One that works already is rotated
    and its source not read, so that this may be repeated at any time.
    """
    if not os.environ.get("VAULT_TOKEN"):
        raise InputError("VAULT_TOKEN is not set; log in to Vault as the stack's deployer and set it")
    folder = project_folder(project)
    declaration = declaration_of(capture(folder, stack))
    clients = Clients(declaration, folder)
    found = dict(_connections(declaration))
    for name in connection or sorted(found):
        if name not in found:
            made = ", ".join(sorted(found)) or "none"
            raise InputError(f"connection {name}: this stack makes no such connection; it makes: {made}")
        secret = found[name]
        state = hand_over(clients.vault(secret.vault_namespace), *_handed(declaration, folder, name, secret))
        said = {"initialised": "handed over and rotated", "rotated": "worked already; rotated once more"}
        write(f"{name}: the admin's password was {said[state]}; only the Vault server knows it")


def _connections(declaration: Declaration) -> Iterator[tuple[str, Secret]]:
    """The connections that the stack makes itself, each with a secret of it."""
    made = {
        item.name for item in declaration.prerequisites if item.kind == "database" and item.type == "create"
    }
    for secret in declaration.secrets.values():
        if secret.database is not None and secret.database.connection in made:
            yield secret.database.connection, secret


def _handed(
    declaration: Declaration, folder: Path, name: str, secret: Secret
) -> tuple[Connection, AdminPassword]:
    endpoint, facts = declaration.endpoints.databases.get(name), secret.database
    source = endpoint.admin_password if endpoint else None
    if source is None or facts is None:
        raise InputError(
            f"endpoints.databases.{name}.adminPassword is missing in the stack file; add {{env: NAME}} or "
            "{file: PATH}"
        )
    place = Connection(mount=secret.mount or "", name=facts.connection_name)
    return place, AdminPassword(env=source.env, file=folder / source.file if source.file else None)
