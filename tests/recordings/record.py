"""What every stack of the repository gives, so that a change of structure can be held against it.

`record` writes a folder of JSON files, one a stack and part; `compare` says where two folders differ.
Record before a change and after it, each from its own checkout:

    python -m tests.recordings.record FOLDER            documents, previews and reviews
    python -m tests.recordings.record FOLDER --rehearse logins and what was deployed, too
    python -m tests.recordings.record --compare BEFORE AFTER
"""

from __future__ import annotations

import argparse
import difflib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.recordings.normal import normal
from tests.stacks.read import ROOT
from workload_secrets.graph import wire
from workload_secrets.graph.capture import capture

TOGETHER = (
    ("tests/stacks/cluster-a.yaml", "tests/stacks/cluster-b.yaml", "tests/stacks/cluster-c.yaml"),
    ("examples/vault-guide-server.yaml", "examples/vault-guide.yaml"),
)
"""Stacks that are rehearsed in one sandbox, in this order."""


def stacks() -> list[str]:
    """Every stack of the repository: dev, prod, and the paths of the others."""
    files = [*sorted((ROOT / "tests/stacks").glob("*.yaml")), *sorted((ROOT / "examples").glob("*.yaml"))]
    return ["dev", "prod", *(str(file.relative_to(ROOT)) for file in files)]


def graph(stack: str) -> dict[str, Any]:
    """All that the program registers: inputs, options and outputs of every resource."""
    name = stack if "/" not in stack else str(ROOT / stack)
    return normal(json.loads(wire.dumps(capture(ROOT, name))))


def preview(stack: str) -> dict[str, Any]:
    """What `preview` says: resources, review, access, rights, notices, and how it ended."""
    return _command("preview", stack)


def rehearsal(*stacks_: str) -> dict[str, Any]:
    """What `rehearse` says: logins as a set, what was used, and how it ended."""
    return _command("rehearse", *stacks_)


def record(folder: Path, *, rehearse: bool, only: list[str]) -> None:
    """Writes FOLDER/STACK.PART.json for every stack, or for those that are named."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [stack for stack in stacks() if not only or stack in only]
    for stack in chosen:
        _write(folder, stack, "graph", graph(stack))
        _write(folder, stack, "preview", preview(stack))
    for group in _groups(chosen) if rehearse else ():
        _write(folder, "+".join(group), "rehearsal", rehearsal(*group))


def differences(before: Path, after: Path) -> Iterator[str]:
    """The lines of a unified diff, file by file; files that only one folder has are named."""
    for name in sorted({file.name for folder in (before, after) for file in folder.glob("*.json")}):
        old, new = before / name, after / name
        if not old.exists() or not new.exists():
            yield f"{name}: only in {before if old.exists() else after}"
            continue
        left, right = (file.read_text("utf-8").splitlines() for file in (old, new))
        yield from difflib.unified_diff(left, right, f"before/{name}", f"after/{name}", lineterm="", n=1)


def _groups(chosen: list[str]) -> list[tuple[str, ...]]:
    joined = {stack for group in TOGETHER for stack in group}
    alone = [(stack,) for stack in chosen if stack not in joined]
    return [*alone, *(group for group in TOGETHER if set(group) & set(chosen))]


def _command(*words: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "workload_secrets.cli.main", *words, "--format", "json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=900)
    said: Any = json.loads(done.stdout) if done.stdout.startswith("{") else done.stderr.splitlines()
    return {"exit": done.returncode, "said": normal(said)}


def _write(folder: Path, stack: str, part: str, found: dict[str, Any]) -> None:
    name = stack.replace("/", "-").replace(".yaml", "")
    text = json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / f"{name}.{part}.json").write_text(text + "\n", "utf-8")


def main(words: list[str] | None = None) -> int:
    """0 where all was recorded or nothing differs, 1 where two recordings differ."""
    parser = argparse.ArgumentParser(
        description="Records what every stack gives, and compares two recordings."
    )
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--rehearse", action="store_true")
    parser.add_argument("--only", action="append", default=[], metavar="STACK")
    parser.add_argument("--compare", nargs=2, type=Path, metavar=("BEFORE", "AFTER"))
    given = parser.parse_args(words)
    if given.compare:
        lines = list(differences(*given.compare))
        sys.stdout.write("\n".join(lines or ["no difference"]) + "\n")
        return 1 if lines else 0
    if given.folder is None:
        parser.error("name the folder to write")
    record(given.folder, rehearse=given.rehearse, only=given.only)
    return 0


if __name__ == "__main__":
    sys.exit(main())
