"""The IAM and Vault documents of four stacks, as text. `python -m tests.stacks.golden` writes the files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.stacks.read import FLAVOURS, OTHERS, ROOT, path
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph

STACKS = ("dev", "prod", *FLAVOURS, *OTHERS)
DOCUMENTED = ("dev", "prod", "engines", "ci")
PROPERTIES = ("policy", "assumeRolePolicy")
"""Where an IAM or a Vault document stands in a resource."""


def text(graph: Graph) -> str:
    """The documents of all resources, sorted by type and name."""
    made = sorted(
        f"# {resource.type} {resource.name} {name}\n{_read(value).strip()}\n"
        for resource in graph.resources
        for name in PROPERTIES
        if isinstance(value := resource.inputs.get(name), str)
    )
    return "\n".join(made)


def _read(document: str) -> str:
    if not document.startswith("{"):
        return document
    found: Any = json.loads(document)
    return json.dumps(found, indent=1)


def file(stack: str) -> Path:
    """Where the documents of a stack are kept."""
    return ROOT / "tests" / "stacks" / "golden" / f"{stack}.txt"


if __name__ == "__main__":
    for name in DOCUMENTED:
        file(name).write_text(text(capture(ROOT, str(path(name)), mode="preview")), "utf-8")
