"""The Pulumi CLI: the user's own where it is new enough, else built once from `cli/`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workload_secrets.sandbox.go import GoProgram, Progress, built, number, pinned

SOURCES: Final = Path(__file__).parent / "cli"
OLDEST: Final[tuple[int, ...]] = (3, 187, 0)
"""The first release that accepts values of `type: object` in Pulumi.yaml:
https://github.com/pulumi/pulumi/pull/20132"""
MODULE: Final = "github.com/pulumi/pulumi/pkg/v3"
_VERSION_VARIABLE: Final = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
_ANSWER_SECONDS: Final = 30.0


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A Pulumi CLI. `own` is false for the user's, which brings its language host."""

    path: Path
    version: str
    own: bool


def find(progress: Progress, environment: Mapping[str, str] | None = None) -> Engine:
    """The CLI to run: `pulumi` on PATH where it is new enough, else ours, built where it must be.

    A build takes two to six minutes on two cores. Raises ServerError with the end of the
    compiler's output where it fails.
    """
    variables = os.environ if environment is None else environment
    found = on_path(variables)
    if found is not None and new_enough(found):
        return found
    ours = program()
    return Engine(path=built(ours, progress, variables), version=pinned(SOURCES, MODULE), own=True)


def on_path(environment: Mapping[str, str]) -> Engine | None:
    """The user's CLI, whatever its version; None where there is none, or where it doesn't answer."""
    path = shutil.which("pulumi", path=environment.get("PATH", ""))
    version = _said(path, environment) if path else None
    return Engine(path=Path(path), version=version, own=False) if path and version else None


def new_enough(engine: Engine) -> bool:
    """Whether the version is OLDEST or newer."""
    return number(engine.version) >= OLDEST


def program() -> GoProgram:
    """How ours is built. Its go.mod repeats the one `replace` of Pulumi's own."""
    return GoProgram(
        sources=SOURCES,
        name="pulumi",
        title="the Pulumi CLI",
        takes="two to six minutes on two cores",
        package=f"{MODULE}/cmd/pulumi",
        variables={_VERSION_VARIABLE: f"v{pinned(SOURCES, MODULE)}"},
    )


def _said(path: str, environment: Mapping[str, str]) -> str | None:
    quiet = {**environment, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        done = subprocess.run(
            [path, "version"],
            capture_output=True,
            text=True,
            check=False,
            env=quiet,
            stdin=subprocess.DEVNULL,
            timeout=_ANSWER_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.fullmatch(r"v?(\d+\.\d+\.\d+\S*)", done.stdout.strip())
    return found.group(1) if found and done.returncode == 0 else None
