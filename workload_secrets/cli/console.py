"""What every verb shares: where the project is, progress lines, and how output is written."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, TextIO

import typer

from workload_secrets.access.report import Format
from workload_secrets.errors import InputError
from workload_secrets.outside import SECRETS

PIPED_WIDTH: Final = 160
"""Characters a line of output that is no terminal."""

ProjectOption = Annotated[
    Path | None,
    typer.Option("--project", help="Folder with Pulumi.yaml; by default this one or the nearest above."),
]
ProvidersOption = Annotated[
    str,
    typer.Option(
        "--providers",
        help="Which providers run: `ours`, `real` ones (on PATH or in PULUMI_HOME), or `kubernetes=real`.",
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How the result is written.")]
StackArgument = Annotated[str, typer.Argument(metavar="STACK", help="A stack's name or its file's path.")]


def project_folder(given: Path | None) -> Path:
    """The project's folder. Raises InputError where there is no Pulumi.yaml."""
    found = project_here(given)
    if found is not None:
        return found
    start = (given or Path.cwd()).resolve()
    if given and not start.is_dir():
        raise InputError(f"--project {start}: no such folder; give the --project FOLDER that has Pulumi.yaml")
    if given:
        raise InputError(f"--project {start}: no Pulumi.yaml in it; give the --project FOLDER that has one")
    raise InputError(f"{start}: no Pulumi.yaml here or above; go to the project or give --project FOLDER")


def project_here(given: Path | None) -> Path | None:
    """The project's folder: the given one, or this or the nearest above; None where none is one."""
    start = (given or Path.cwd()).resolve()
    folders = (start,) if given else (start, *start.parents)
    return next((folder for folder in folders if (folder / "Pulumi.yaml").is_file()), None)


class Progress:
    """One line a step on standard error, with the seconds since the start."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = clock()

    def __call__(self, step: str) -> None:
        seconds = self._clock() - self._start
        say(f"[{seconds:6.1f}s] {step}")


def write(text: str) -> None:
    """A result, on standard output. Should a secret stand in it, it is taken out."""
    _put(sys.stdout, SECRETS.masked(text))


def say(text: str) -> None:
    """A line about the work, on standard error. Should a secret stand in it, it is taken out."""
    _put(sys.stderr, SECRETS.masked(text))


def write_secret(value: str, end: str = "\n") -> None:
    """The one secret that was asked for, on standard output, as it is."""
    sys.stdout.write(value + end)
    sys.stdout.flush()


def _put(stream: TextIO, text: str) -> None:
    stream.write(text if text.endswith("\n") else f"{text}\n")
    stream.flush()


def colour() -> bool:
    """Whether standard output is a terminal; only then there is colour."""
    return sys.stdout.isatty()


def width() -> int:
    """The width of the output in characters."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else PIPED_WIDTH
