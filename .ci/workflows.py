"""actionlint and zizmor over a tree's workflows and actions; asks nobody over the network.

    .venv/bin/python .ci/workflows.py [FOLDER]

Ends with 1 where either finds anything. actionlint is built once for each machine, from
the sources that `.ci/actionlint/go.sum` pins; shellcheck looks at every shell step.
https://docs.zizmor.sh/audits/ https://github.com/rhysd/actionlint/blob/main/docs/checks.md
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from workload_secrets.sandbox.go import GoProgram, built

ROOT: Final = Path(__file__).resolve().parent.parent
_BIN: Final = Path(sys.executable).parent
_ACTIONLINT: Final = GoProgram(
    sources=ROOT / ".ci" / "actionlint",
    name="actionlint",
    title="actionlint",
    takes="one to two minutes on two cores",
)


def commands(folder: Path) -> tuple[list[str], ...]:
    """The command lines that look at the workflows, the actions and the scripts in `folder`."""
    actionlint = str(built(_ACTIONLINT, _say, os.environ))
    shellcheck = str(_BIN / "shellcheck")
    workflows = sorted(str(file) for file in (folder / ".github" / "workflows").glob("*.yml"))
    scripts = sorted(str(file) for file in (folder / ".github" / "scripts").glob("*.sh"))
    return (
        [actionlint, "-no-color", "-shellcheck", shellcheck, "-pyflakes", "", *workflows],
        [
            *(str(_BIN / "zizmor"), "--offline", "--no-progress", "--color", "never"),
            *("--persona", "auditor", "--strict-collection", "--collect=all", str(folder / ".github")),
        ],
        *([[shellcheck, "--severity", "style", *scripts]] if scripts else ()),
    )


def main(folder: Path) -> int:
    """Runs them all, even after one that has found something. The exit code of the process."""
    done = [subprocess.run(command, cwd=folder, check=False).returncode for command in commands(folder)]
    return 1 if any(done) else 0


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT))
