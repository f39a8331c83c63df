"""A copy of the pack in a folder of its own, with other files or another rule."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.policies.engine.server import ROOT

OF_TOOL = ("__init__.py", "provider_settings.py", "decide")
"""All that the pack needs of the tool."""
CATALOGUES = Path("components") / "catalogues"
"""Data that it needs beside that."""
CRASHING = """

def _crash(resource: object, context: object) -> object:
    raise KeyError("hvs.CAESIcanaryCANARY0123456789abcdef")


from policies.guardrails.rule import Rule  # noqa: E402

ALL = (
    Rule(
        id="TST-01",
        severity="low",
        title="it crashes",
        why="So it does.",
        remedy="mend the rule",
        reference="https://example.com/",
        types=("aws:secretsmanager/secret:Secret",),
        check=_crash,
    ),
    *ALL,
)
"""


def copied(into: Path, files: Mapping[str, str] | None = None, *, catalogue: str = "") -> Path:
    """The pack's folder in a copy that holds nothing else of the project. `files` replace its
    own; `catalogue` is added to the catalogue of rules."""
    folder = into / "policies"
    leftout = shutil.ignore_patterns(".venv", *(["__pycache__"] if catalogue else []))
    shutil.copytree(ROOT / "policies", folder, ignore=leftout)
    shutil.copytree(ROOT / CATALOGUES, into / CATALOGUES)
    (into / "workload_secrets").mkdir()
    for name in OF_TOOL:
        source, target = ROOT / "workload_secrets" / name, into / "workload_secrets" / name
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy2(source, target)
    for name, text in (files or {}).items():
        (folder / name).write_text(text, "utf-8")
    with (folder / "guardrails" / "catalogue.py").open("a", encoding="utf-8") as file:
        file.write(catalogue)
    return folder
