"""`identity role-id|secret-id|token`: what a courier hands over, all but a role id only wrapped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from workload_secrets.access.derived import declaration_of
from workload_secrets.access.observed.courier import WRAP_SECONDS, Courier
from workload_secrets.cli.console import (
    ProjectOption,
    StackArgument,
    project_folder,
    say,
    write,
    write_secret,
)
from workload_secrets.declaration import Declaration, VaultIdentity
from workload_secrets.errors import InputError
from workload_secrets.graph.capture import capture
from workload_secrets.keys.clients import Clients
from workload_secrets.outside import listed

_LONGEST: Final = 600
"""Seconds. The courier's policy allows no longer wrapping."""

app = typer.Typer(
    help="Hands machines and gateways what they log in with. Takes VAULT_TOKEN, a courier's.",
    epilog="Example: workload-secrets identity secret-id dev backup-host",
    no_args_is_help=True,
)
NameArgument = Annotated[
    str, typer.Argument(metavar="WORKLOAD", help="The machine's name in the stack file.")
]


@app.command("role-id", epilog="Example: workload-secrets identity role-id dev backup-host")
def role_id(stack: StackArgument, workload: NameArgument, project: ProjectOption = None) -> None:
    """Prints the role id, which is no secret and stays the same."""
    declaration, folder = _declaration(stack, project)
    own = _machine(declaration, workload)
    found = _courier(declaration, folder, own).role_id(own.auth_mount, own.role, own.vault_namespace)
    write(listed([found]))


@app.command("secret-id", epilog="Example: workload-secrets identity secret-id dev backup-host")
def secret_id(
    stack: StackArgument,
    workload: NameArgument,
    wrap_seconds: Annotated[
        int,
        typer.Option("--wrap-seconds", min=1, max=_LONGEST, help="How long it may wait to be unwrapped."),
    ] = WRAP_SECONDS,
    project: ProjectOption = None,
) -> None:
    """Has the server make a secret id and prints the token that it is wrapped in, and no more.

    The machine unwraps it, once: where that fails, somebody else has unwrapped it before. A
    gateway with responseWrapping does so itself, and each of its nodes takes a token of its own.
    """
    declaration, folder = _declaration(stack, project)
    own = _machine(declaration, workload)
    courier = _courier(declaration, folder, own)
    made = courier.secret_id(own.auth_mount, own.role, own.vault_namespace, wrap_seconds=wrap_seconds)
    say(
        f"{workload}: a wrapping token, good for one unwrapping within {made.seconds} s; "
        f"{_handover(declaration, workload)}"
    )
    write_secret(made.token)


@app.command("token", epilog="Example: workload-secrets identity token dev edge-hand")
def token(
    stack: StackArgument,
    principal: Annotated[
        str, typer.Argument(metavar="PRINCIPAL", help="GATEWAY-PREFIX of a vault with auth token.")
    ],
    wrap_seconds: Annotated[
        int,
        typer.Option("--wrap-seconds", min=1, max=_LONGEST, help="How long it may wait to be unwrapped."),
    ] = WRAP_SECONDS,
    project: ProjectOption = None,
) -> None:
    """Has the server make a token and prints the token that it is wrapped in, and no more.

    Whoever configures the gateway unwraps it, once: where that fails, somebody else has
    unwrapped it before. For development only: the token is the gateway's whole login.
    """
    declaration, folder = _declaration(stack, project)
    own = _holder(declaration, principal, "token", "vault of a gateway with auth token")
    made = _courier(declaration, folder, own).token(own.role, own.vault_namespace, wrap_seconds=wrap_seconds)
    say(
        f"{principal}: a wrapping token, good for one unwrapping within {made.seconds} s; where the "
        "gateway's environment is set: VAULT_TOKEN=TOKEN vault unwrap -field=token (or bao unwrap)"
    )
    write_secret(made.token)


def _handover(declaration: Declaration, name: str) -> str:
    """What is done with the token where the machine is."""
    unwrap = "VAULT_TOKEN=TOKEN vault unwrap -field=secret_id (or bao unwrap)"
    vaults = [vault for gateway in declaration.gateways.values() for vault in gateway.vaults.values()]
    config = next((vault.config for vault in vaults if vault.principal == name), None)
    if config is None:
        return f"on the machine: {unwrap}"
    file = config["approle_secret_id_file"]
    if config.get("approle_response_wrapping"):
        return f"write it as it is to {file} of one node: the gateway unwraps it, once"
    return f"on the gateway's machine: {unwrap}, and write the secret id to {file}"


def _declaration(stack: str, project: Path | None) -> tuple[Declaration, Path]:
    if not os.environ.get("VAULT_TOKEN"):
        raise InputError("VAULT_TOKEN is not set; log in to Vault as a courier and set it")
    folder = project_folder(project)
    return declaration_of(capture(folder, stack)), folder


def _machine(declaration: Declaration, name: str) -> VaultIdentity:
    """Where the machine logs in. Raises InputError for anybody else."""
    return _holder(declaration, name, "approle", "workload or writer with identity approle")


def _holder(declaration: Declaration, name: str, method: str, what: str) -> VaultIdentity:
    """Where somebody with this method logs in. Raises InputError for anybody else."""
    found = {
        known: principal.vault
        for known, principal in declaration.principals.items()
        if principal.vault and principal.identity and principal.identity.method == method
    }
    if name not in found:
        raise InputError(f"{name} is no {what}; those of this stack: {', '.join(sorted(found)) or 'none'}")
    return found[name]


def _courier(declaration: Declaration, folder: Path, own: VaultIdentity) -> Courier:
    return Courier(Clients(declaration, folder).vault(own.vault_namespace))
