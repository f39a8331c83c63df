"""The command `kong`. Its commands are in modules of their own, registered here."""

from __future__ import annotations

import typer

from workload_secrets.cli import kong_deck, kong_get, kong_lint

app = typer.Typer(
    help="Kong Gateway: its references, files and logins.",
    epilog="Example: workload-secrets kong lint dev kong.yaml",
    no_args_is_help=True,
)
app.command("deck", epilog="Example: workload-secrets kong deck dev --gateway edge")(kong_deck.deck)
app.command("environment", epilog="Example: workload-secrets kong environment dev --gateway edge")(
    kong_deck.environment
)
app.command("get", epilog="Example: workload-secrets kong get dev '{vault://hcv-edge/acme/name}'")(
    kong_get.get
)
app.command("lint", epilog="Example: workload-secrets kong lint dev kong.yaml")(kong_lint.lint)
