"""`keys seed|set|status`: values, out of band, never in a message and never in an argument."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from workload_secrets.access.derived import declaration_of
from workload_secrets.access.report import markdown_table, table_text
from workload_secrets.cli.console import (
    FormatOption,
    ProjectOption,
    StackArgument,
    colour,
    project_folder,
    say,
    width,
    write,
)
from workload_secrets.declaration import Declaration, Secret
from workload_secrets.errors import Exit, InputError, ServerError
from workload_secrets.graph.capture import capture
from workload_secrets.keys.actions import KeyStatus, check_keys, find_secret, seed, set_keys, status
from workload_secrets.keys.clients import Clients
from workload_secrets.outside import SECRETS, listed

app = typer.Typer(
    help="Writes and looks after values. AWS takes the ambient credentials, Vault takes VAULT_TOKEN.",
    epilog="Example: workload-secrets keys status dev",
    no_args_is_help=True,
)
OnlyOption = Annotated[list[str] | None, typer.Option("--secret", help="Only this secret; may be repeated.")]


@app.command("seed", epilog="Example: workload-secrets keys seed dev")
def seed_all(stack: StackArgument, project: ProjectOption = None) -> None:
    """Writes each AWS secret's empty template where there is no value yet; never over one."""
    declaration, clients = _open(stack, project)
    for name, secret in sorted(declaration.secrets.items()):
        if not secret.is_store:
            write(f"{name}: nothing to seed; the {secret.backend} engine makes its values itself")
        elif secret.backend == "vault":
            write(f"{name}: nothing to seed; a Vault secret has only keys with a value")
        elif seed(clients.aws(), secret):
            write(f"{name}: wrote the template with {len(secret.keys)} empty keys")
        else:
            write(f"{name}: has a value already; left as it is")


@app.command("set", epilog="Example: workload-secrets keys set dev billing-api api_key < value.txt")
def set_one(
    stack: StackArgument,
    secret: Annotated[str, typer.Argument(metavar="SECRET", help="The secret's name in the stack file.")],
    key: Annotated[str, typer.Argument(metavar="KEY", help="The key's name, such as VCS.GithubAdminPAT.")],
    allow_empty: Annotated[bool, typer.Option("--allow-empty", help="Blank the key.")] = False,
    project: ProjectOption = None,
) -> None:
    """Sets one key; all others stay. The value comes from standard input or a prompt."""
    declaration, clients = _open(stack, project)
    about = find_secret(declaration, secret)
    check_keys(secret, about, {key: "-"})
    value = _value(f"{secret} {key}: ")
    version = set_keys(clients.store(about), secret, about, {key: value}, allow_empty=allow_empty)
    write(f"{secret}: set {key} ({len(value)} characters), version {listed([version])}")


@app.command("status", epilog="Example: workload-secrets keys status dev --secret billing-api")
def show(
    stack: StackArgument,
    secret: OnlyOption = None,
    format_: FormatOption = "text",
    project: ProjectOption = None,
) -> int:
    """Shows of every key whether it is set, empty or missing, and its age. Never a value.

    Ends with 4 where a required key has no value, or one is older than declared. A secret
    you may not read is shown as not readable.
    """
    declaration, clients = _open(stack, project)
    names = secret or sorted(declaration.secrets)
    wanted = {name: find_secret(declaration, name) for name in names}
    found, failures = _found(clients, wanted)
    if failures and len(failures) == len(wanted):
        raise failures[0]
    for failure in failures:
        say(f"not readable: {failure}")
    write(_render(found, format_))
    good = all(key.good for keys in found.values() for key in keys)
    return Exit.OK if good else Exit.ACCESS


def _open(stack: str, project: Path | None) -> tuple[Declaration, Clients]:
    folder = project_folder(project)
    declaration = declaration_of(capture(folder, stack))
    return declaration, Clients(declaration, folder)


def _found(
    clients: Clients, wanted: Mapping[str, Secret]
) -> tuple[dict[str, tuple[KeyStatus, ...]], list[ServerError]]:
    """The keys of each secret, and why some can't be read."""
    found: dict[str, tuple[KeyStatus, ...]] = {}
    failures: list[ServerError] = []
    for name, about in wanted.items():
        try:
            found[name] = status(clients.store(about), about)
        except ServerError as error:
            failures.append(error)
            found[name] = (KeyStatus("", "not readable", required=False),)
    return found, failures


def _value(prompt: str) -> str:
    """The value without its last line break. Raises InputError where it isn't text."""
    value = getpass.getpass(prompt, stream=sys.stderr) if sys.stdin.isatty() else _read()
    SECRETS.learn(value)
    return value


def _read() -> str:
    try:
        return sys.stdin.buffer.read().decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise InputError(
            "the value on standard input is not UTF-8 text; encode it, such as by base64"
        ) from None


def _render(found: dict[str, tuple[KeyStatus, ...]], format_: Literal["text", "markdown", "json"]) -> str:
    if format_ == "json":
        data = {name: [_json(key) for key in keys] for name, keys in found.items()}
        return json.dumps(data, indent=2, sort_keys=True)
    header = ("secret", "key", "state", "required", "age", "")
    rows = [(name, *_row(key)) for name, keys in found.items() for key in keys]
    if format_ == "markdown":
        return "\n".join(markdown_table(header, rows))
    return table_text((header, rows), width=width(), colour=colour())


def _row(key: KeyStatus) -> tuple[str, ...]:
    age = "" if key.age_days is None else f"{'over ' if key.older else ''}{key.age_days} days"
    if key.too_old or key.unsure:
        age += f", allowed {key.max_age_days}"
    mark = "?" if key.state == "not readable" or key.unsure else "✓" if key.good else "✗"
    return (key.key, key.state, "yes" if key.required else "", age, mark)


def _json(key: KeyStatus) -> dict[str, object]:
    return {
        "key": key.key,
        "state": key.state,
        "required": key.required,
        "ageDays": key.age_days,
        "older": key.older,
        "maxAgeDays": key.max_age_days,
        "good": key.good,
    }
