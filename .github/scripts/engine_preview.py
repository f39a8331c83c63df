#!/usr/bin/env python3
"""Previews a stack with Pulumi's engine and the policy pack, and leaves what a comment shows.

    engine_preview.py STACK FOLDER

FOLDER gets summary.txt, one line of counts, and details.txt: names, findings and messages. The
engine's event log, which holds values, is in a folder of its own until this ends. What the
environment keeps secret is in neither file. Ends as `pulumi preview` does.
https://www.pulumi.com/docs/iac/cli/commands/pulumi_preview/
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import engine_events
from known_secrets import without_secrets

_SIZE: Final = 256 * 1024
"""Characters of the details."""
_COMMAND: Final = (
    *("pulumi", "preview", "--non-interactive", "--color", "never", "--suppress-outputs"),
    *("--policy-pack", "policies"),
)


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Runs the engine and writes both files, however it ends. The exit code of the process."""
    if len(arguments) != 2 or arguments[0].startswith("-"):
        sys.stderr.write("usage: engine_preview.py STACK FOLDER\n")
        return 2
    stack, folder = arguments[0], Path(arguments[1])
    with tempfile.TemporaryDirectory() as private:
        log = Path(private) / "events"
        command = [*_COMMAND, "--stack", stack, "--event-log", str(log)]
        # Without the variable there is no such option; Pulumi's automation API uses both.
        inherited = {**environment, "PULUMI_DEBUG_COMMANDS": "true"}
        try:
            code = subprocess.run(command, env=inherited, check=False).returncode
        except OSError as error:
            sys.stderr.write(f"engine_preview: error: pulumi can't be started: {error.strerror}\n")
            return 5
        _write(folder, log, without_secrets(environment))
    return code if code >= 0 else 128 - code


def _write(folder: Path, log: Path, cleaned: Callable[[str], str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with log.open(encoding="utf-8", errors="replace") as lines:
            found = engine_events.read(lines)
    except FileNotFoundError:
        found = engine_events.Preview()
    (folder / "summary.txt").write_text(f"{engine_events.summary(found)}\n", "utf-8")
    text = engine_events.details(found, cleaned)
    (folder / "details.txt").write_text(f"{text[:_SIZE]}\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
