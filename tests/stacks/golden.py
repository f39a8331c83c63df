"""What each golden stack derives, as text. `python -m tests.stacks.golden` writes the files."""

from __future__ import annotations

import json
from pathlib import Path

from components.config.load import parse
from components.declared.declaration import declaration
from components.panel import rows
from tests.stacks.read import FLAVOURS, OTHERS, ROOT, data

STACKS = ("dev", "prod", *FLAVOURS, *OTHERS)


def text(stack: str) -> str:
    """Declaration and panel rows of a stack as JSON text."""
    # The engine hands over the keys of objects sorted.
    given = json.loads(json.dumps(data(stack), sort_keys=True))
    config = parse(given, file=f"{stack}.yaml", folder=ROOT)
    made = {"declaration": declaration(config, ROOT), "panel": rows(config)}
    return json.dumps(made, indent=1, sort_keys=True) + "\n"


def file(stack: str) -> Path:
    """Where the golden text of a stack stands."""
    return ROOT / "tests" / "stacks" / "golden" / f"{stack}.json"


if __name__ == "__main__":
    for name in STACKS:
        file(name).parent.mkdir(exist_ok=True)
        file(name).write_text(text(name), "utf-8")
