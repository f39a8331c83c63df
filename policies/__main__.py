"""Starts the policy pack. The engine runs this folder by itself, so the project's comes first."""

import sys
from pathlib import Path

BESIDE = ("workload_secrets/decide", "workload_secrets/provider_settings.py", "components/catalogues")
"""What the pack needs of the project, whose folder it lies in."""


def main() -> None:
    """Serves the rules. Raises SystemExit where Python is too old or the pack was copied alone."""
    if sys.version_info < (3, 11):  # noqa: UP036 it is started by whatever Python made its environment
        raise SystemExit(f"the policy pack needs Python 3.11 or newer; got {sys.version.split()[0]}")
    project = Path(__file__).resolve().parent.parent
    missing = ", ".join(name for name in BESIDE if not (project / name).exists())
    if missing:
        raise SystemExit(f"the policy pack needs {missing} in {project}: use a clone of the repository")
    sys.path.insert(0, str(project))

    from policies.pack import start

    start()


main()
