"""What the pack's own files say: `waivers.yaml` and `enforcement.yaml`."""

from __future__ import annotations

from pathlib import Path

from policies.guardrails import enforcement, waivers, yaml_file
from policies.guardrails.catalogue import ALL
from policies.guardrails.verdict import Settings

BadSettings = yaml_file.BadFile


def read(folder: Path, *, stack: str) -> Settings:
    """The settings of a pack's folder for a stack. Raises BadSettings, naming the file."""
    return Settings(
        rules=ALL,
        stack=stack,
        waivers=waivers.read(folder / "waivers.yaml"),
        enforcement=enforcement.read(folder / "enforcement.yaml", [rule.id for rule in ALL]),
    )
