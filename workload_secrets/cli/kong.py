"""The command `kong`. Its commands are in modules of their own, registered here."""

from __future__ import annotations

import typer

app = typer.Typer(
    help="Kong Gateway: its references, files and logins.",
    epilog="Example: workload-secrets kong lint dev kong.yaml",
    no_args_is_help=True,
)
