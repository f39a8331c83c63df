"""The console script: parses, calls, prints, and ends with the exit code of the contract."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

import typer
from typer.exceptions import TyperException

from workload_secrets.cli import (
    certify,
    database,
    identity,
    keys,
    kong,
    preview,
    prove,
    rehearse,
    review,
    sandbox,
)
from workload_secrets.cli.console import say
from workload_secrets.errors import Exit, WorkloadSecretsError
from workload_secrets.outside import SECRETS

PROGRAM: Final = "workload-secrets"
INTERRUPTED: Final = 130
"""What a shell expects of a command ended by Ctrl-C: 128 + SIGINT."""
_STOPPED: Final = "interrupted; everything that was started is stopped"
_USAGE: Final = re.compile(r"(?<=: )Value error, ")
"""What the parser's library puts before its own sentence."""
_SERVER_LIBRARIES: Final = ("botocore.", "hvac.", "kubernetes.", "requests.", "urllib3.")

app = typer.Typer(
    name=PROGRAM,
    help="Every Kubernetes workload gets exactly its own secrets, and proves it.",
    epilog="Example: workload-secrets preview dev",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("preview", epilog="Example: workload-secrets preview dev --base HEAD~1")(preview.preview)
app.command("review", epilog="Example: workload-secrets review --state state.json")(review.review)
app.command("rehearse", epilog="Example: workload-secrets rehearse dev")(rehearse.rehearse)
app.command("prove", epilog="Example: workload-secrets prove dev --format json")(prove.prove)
app.command("certify", epilog="Example: workload-secrets certify dev --log up.log")(certify.certify)
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(keys.app, name="keys")
app.add_typer(identity.app, name="identity")
app.add_typer(database.app, name="database")
app.add_typer(kong.app, name="kong")


def main() -> NoReturn:
    """Entry of the console script."""
    sys.excepthook = _uncaught
    threading.excepthook = lambda failed: _uncaught(failed.exc_type, failed.exc_value, None)
    sys.unraisablehook = lambda failed: _uncaught(failed.exc_type, failed.exc_value, None)
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Runs one command and gives its exit code. Errors are one message on standard error."""
    SECRETS.learn_environment(os.environ)
    try:
        code = int(app(args=list(arguments), prog_name=PROGRAM, standalone_mode=False) or 0)
        if code == INTERRUPTED:  # the parser turns Ctrl-C into this code without a word
            say(_STOPPED)
        return code
    except TyperException as error:
        say(f"error: {_USAGE.sub('', error.format_message())}")
        return Exit.INPUT
    except (typer.Abort, KeyboardInterrupt):
        say(_STOPPED)
        return INTERRUPTED
    except WorkloadSecretsError as error:
        say(f"error: {error}")
        return error.exit_code
    except BrokenPipeError:
        return Exit.OK
    except Exception as error:
        return _unforeseen(error)


def _unforeseen(error: Exception) -> int:
    """Types and our own lines only: another's message may hold what must not be shown."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    if kind.startswith(_SERVER_LIBRARIES):
        say(f"error: a server could not be used: {kind} at {_frames(error)[-1]}")
        return Exit.SERVER
    say(f"error: this is our fault: {kind}\n  at " + "\n  at ".join(_frames(error)))
    return Exit.INTERNAL


def _uncaught(kind: type[BaseException], error: BaseException | None, _trace: object) -> None:
    """An error of a thread or of the interpreter's end: its text may quote a secret."""
    where = _frames(error)[-1] if error is not None else "an unknown place"
    say(f"error: this is our fault: {kind.__module__}.{kind.__qualname__} at {where}")


def _frames(error: BaseException) -> list[str]:
    root = Path(__file__).resolve().parents[2]
    own = [
        f"{Path(frame.filename).relative_to(root)}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(root) and ".venv" not in frame.filename
    ]
    return own or ["an unknown place"]


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
