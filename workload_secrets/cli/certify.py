"""`certify`: whether secrets stand in a stack's state or in logs."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from workload_secrets.access.canary import PREFIX
from workload_secrets.certify import report
from workload_secrets.certify.certificate import Certificate
from workload_secrets.certify.export import exported
from workload_secrets.certify.finder import Finder
from workload_secrets.certify.given import add_given
from workload_secrets.certify.known import MAX_BYTES as MAX_VALUES
from workload_secrets.certify.known import Known, from_declaration, from_environment
from workload_secrets.certify.logs import look_at_log
from workload_secrets.certify.search import Search
from workload_secrets.certify.state import State, look_at_state
from workload_secrets.cli.console import Progress, ProjectOption, project_folder, project_here, write
from workload_secrets.errors import Exit, InputError
from workload_secrets.graph import config
from workload_secrets.graph.state import MAX_BYTES
from workload_secrets.outside import SECRETS
from workload_secrets.review import secret_places

CertificateFormat = Literal["text", "json"]
_STDIN: Final = Path("-")


def certify(
    stack: Annotated[
        str | None,
        typer.Argument(metavar="STACK", help="A stack's name or its file's path; pulumi exports its state."),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            "--state",
            metavar="FILE",
            help="Instead of STACK: what `pulumi stack export --show-secrets` wrote; - reads standard input.",
        ),
    ] = None,
    log: Annotated[
        list[Path] | None,
        typer.Option("--log", metavar="FILE", help="A log or an event log of the engine; may be repeated."),
    ] = None,
    values: Annotated[
        Path | None,
        typer.Option(
            "--values",
            metavar="FILE",
            help="More values to look for, one a line or JSON; - reads standard input.",
        ),
    ] = None,
    format_: Annotated[
        CertificateFormat, typer.Option("--format", help="How the result is written.")
    ] = "text",
    project: ProjectOption = None,
) -> int:
    """Looks for secrets in a stack's state and in logs, and shows that there are none.

    Looks for the secrets that this machine knows (VAULT_TOKEN, AWS keys, PULUMI_CONFIG_PASSPHRASE,
    kubeconfigs and the like), for canaries of a rehearsal, and for what is a secret by its form or
    place; encoded, compressed and nested, too. Lists what is marked secret. No value is printed or
    written into a file.

    Ends with 3 where something is found, and where something could not be looked at.
    """
    logs = log or []
    _check(stack, state, logs, values)
    progress = Progress()
    known = Known()
    from_environment(os.environ, known)
    if values is not None:
        add_given(_content(values, "--values", MAX_VALUES), _name(values), known)
    found = _state(stack, state, project, progress)
    if found is not None:
        here = project_folder(project) if project else project_here(None)
        for declared in found.declared():
            from_declaration(declared, os.environ, here or Path.cwd(), known)
    SECRETS.learn(*known.names)
    finder = Finder(Search(known.names, PREFIX), secret_places.shape)
    certificate = Certificate(values=tuple(sorted(known.names.values())), not_looked_at=known.not_looked_for)
    if found is not None:
        look_at_state(found, finder, secret_places, certificate)
        progress(f"looked at {certificate.resources} resources")
    for path in logs:
        look_at_log(_content(path, "--log", MAX_BYTES), _name(path), finder, certificate, MAX_BYTES)
        progress(f"looked at {_name(path)}")
    write(
        json.dumps(report.as_json(certificate), indent=2) if format_ == "json" else report.render(certificate)
    )
    return Exit.OK if certificate.verdict == "clean" else Exit.POLICY


def _check(stack: str | None, state: Path | None, logs: list[Path], values: Path | None) -> None:
    if stack is not None and state is not None:
        raise InputError("STACK and --state: both name a state; give one of them")
    if stack is None and state is None and not logs:
        raise InputError("nothing to look at; give STACK, --state FILE or --log FILE")
    if [state, values, *logs].count(_STDIN) > 1:
        raise InputError("- : standard input can be read once; give a file for the others")


def _state(stack: str | None, state: Path | None, project: Path | None, progress: Progress) -> State | None:
    if stack is not None:
        folder = project_folder(project)
        _, name = config.locate(folder, stack)
        content = exported(name, folder)
        progress(f"exported the state of {name}")
        return State.read(content, f"the state of {name}")
    if state is not None:
        return State.read(_content(state, "--state", MAX_BYTES), _name(state))
    return None


def _name(path: Path) -> str:
    return "standard input" if path == _STDIN else str(path)


def _content(path: Path, option: str, most: int) -> bytes:
    try:
        if path == _STDIN:
            content = sys.stdin.buffer.read(most + 1)
        else:
            with path.open("rb") as stream:
                content = stream.read(most + 1)
    except OSError as error:
        raise InputError(
            f"{option} {path}: can't be read: {error.strerror}. Give an existing file."
        ) from None
    if len(content) > most:
        raise InputError(f"{option} {_name(path)}: larger than {most} bytes. Give a smaller one.")
    return content
