"""`kong deck` and `kong environment`: what a gateway is configured with, from the stack file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from workload_secrets.access.derived import declaration_of
from workload_secrets.cli.console import ProjectOption, StackArgument, project_folder, say, write
from workload_secrets.declaration.gateway import Gateway
from workload_secrets.errors import InputError
from workload_secrets.files import begins_with, described, write_shared
from workload_secrets.graph.capture import capture
from workload_secrets.kong.deck_schema import faults, ordered
from workload_secrets.kong.deck_text import HEADER, deck_text, variables
from workload_secrets.kong.forms import chosen

_STANDARD_OUTPUT: Final = Path("-")
_VAULT: Final = "KONG_VAULT_HCV_"
_COMMANDS: Final = {"approle_role_id": "role-id", "token": "token"}
"""The command of `identity` that gives the value of a field."""
GatewayOption = Annotated[
    str | None, typer.Option("--gateway", metavar="NAME", help="Which gateway, where there are several.")
]
OutputOption = Annotated[Path, typer.Option("--output", help="The file to write; - for standard output.")]


def deck(
    stack: StackArgument,
    gateway: GatewayOption = None,
    output: OutputOption = Path("kong.yaml"),
    project: ProjectOption = None,
) -> None:
    """Writes the decK file of one gateway. Needs no credentials and no network.

    What a login needs beside it stands in the file as the name of a DECK_ variable; standard
    error says which are to be set for decK, and where each comes from.
    """
    graph = capture(project_folder(project), stack)
    name, forms = chosen(graph, gateway)
    if not forms.deck["vaults"]:
        raise InputError(
            f"gateway {name} declares no vault, so it has no decK file; declare one in its vaults"
        )
    if wrong := faults(forms.deck):
        raise InputError(f"gateway {name}: no decK file of this form: {'; '.join(wrong)}")
    text = deck_text(ordered(forms.deck), *_notes(name, graph.stack))
    if output == _STANDARD_OUTPUT:
        write(text)
    else:
        _write(output, text)
        say(f"{output}: vaults of gateway {name}")
    declared = declaration_of(graph).gateways[name]
    places = variables(forms.deck)
    for variable, what in forms.deck_environment.items():
        _say("set for decK", variable, what, _command(declared, stack, *places[variable]))


def environment(stack: StackArgument, gateway: GatewayOption = None, project: ProjectOption = None) -> None:
    """Prints the environment of one gateway's containers, as NAME=value lines.

    For references that Kong reads before its database is up: their prefix is hcv. Variables
    that belong into a Kubernetes Secret are named on standard error, without a value.
    """
    graph = capture(project_folder(project), stack)
    name, forms = chosen(graph, gateway)
    if not forms.environment:
        raise InputError(
            f"gateway {name} declares neither environmentVault nor keyring, so that its environment needs "
            "nothing; declare environmentVault: PREFIX for references with the prefix hcv"
        )
    write("\n".join(f"{key}={value}" for key, value in forms.environment.items()))
    declared = declaration_of(graph).gateways[name]
    for variable, what in forms.secret_environment.items():
        field = variable.removeprefix(_VAULT).lower()
        command = _command(declared, stack, declared.environment_vault or "", field)
        _say("set from a Kubernetes Secret", variable, what, command)


def _notes(gateway: str, stack: str) -> Iterator[str]:
    yield f"Gateway {gateway} of stack {stack}. Change the stack file, not this one."
    yield "deck gateway apply adds these vaults; deck gateway sync of this file alone would remove all else."


def _write(output: Path, text: str) -> None:
    """Raises InputError for a link, for a file that somebody else wrote, and where there is no folder."""
    if os.path.lexists(output) and not begins_with(output, HEADER):
        raise InputError(
            f"--output {output}: {described(output)}; this file wasn't written by kong deck, and it stays "
            "as it is; name another file or remove it"
        )
    try:
        write_shared(output, text)
    except OSError as error:
        raise InputError(
            f"--output {output}: can't be written ({type(error).__name__}); name another file"
        ) from None


def _command(gateway: Gateway, stack: str, prefix: str, field: str) -> str:
    """The command that gives a value, nothing where none does."""
    verb = _COMMANDS.get(field)
    return f": workload-secrets identity {verb} {stack} {gateway.vaults[prefix].principal}" if verb else ""


def _say(task: str, variable: str, what: str, command: str) -> None:
    say(f"{task}: {variable}: {what}{command}")
