"""The measures of the house: how each is counted, and today's numbers.

`python -m tests.architecture.measures` prints the table. Product files are those of `components`,
`workload_secrets`, `policies` and `__main__.py`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PRODUCT: Final = ("components", "workload_secrets", "policies")
_TYPE_TOKEN: Final = re.compile(r"\b[a-z-]+:[A-Za-z0-9.]+/[A-Za-z0-9]+:[A-Z]\w*")

JUDGING: Final[Sequence[Sequence[str]]] = (
    ("cli",),
    ("prove", "review", "access", "keys", "kong", "certify"),
    ("backends", "deliveries"),
    ("sandbox",),
    ("graph",),
    ("decide",),
    ("handover", "aws_session", "provider_settings"),
    ("outside", "files"),
    ("model", "declaration", "errors", "escape"),
)
"""Rooms of `workload_secrets`, the highest floor first. Rooms of one floor may not import each other;
a room that has no floor yet counts as the highest."""
DECLARING: Final[Sequence[Sequence[str]]] = (
    ("platform",),
    ("config",),
    ("backends", "deliveries", "identities"),
    ("aws", "vault", "kubernetes", "kong", "ci"),
    ("documents", "declared", "outputs"),
    ("naming",),
    ("limits", "products"),
)


@dataclass(frozen=True)
class Measure:
    """One row. `found` is what was counted, as text of one line each."""

    name: str
    limit: int | None
    found: Sequence[str]

    @property
    def missed(self) -> bool:
        return self.limit is not None and len(self.found) > self.limit


@cache
def product() -> Mapping[Path, ast.Module]:
    """Every product file, by its path from the root."""
    files = [ROOT / "__main__.py", *(file for name in PRODUCT for file in (ROOT / name).rglob("*.py"))]
    kept = (file for file in files if ".venv" not in file.parts)
    return {file.relative_to(ROOT): ast.parse(file.read_text("utf-8")) for file in sorted(kept)}


def statements() -> list[str]:
    """Every statement but docstrings, `pass` and imports."""
    return [
        f"{path}:{node.lineno}"
        for path, tree in product().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and not isinstance(node, ast.Import | ast.ImportFrom | ast.Pass)
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]


def type_tokens() -> list[str]:
    """Type tokens of Pulumi in literal texts, outside `workload_secrets/model`."""
    return [
        f"{path}:{node.lineno}: {token}"
        for path, tree in product().items()
        if path.parts[:2] != ("workload_secrets", "model")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for token in _TYPE_TOKEN.findall(node.value)
    ]


def names_thrice() -> list[str]:
    """Public classes of one name in three product files or more."""
    counted = Counter(
        node.name
        for tree in product().values()
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    return [f"{name}: {number} times" for name, number in sorted(counted.items()) if number >= 3]


def files_that_name(kind: str) -> list[str]:
    """Product files outside the kind's own folders that name it: those a removal touches."""
    word = re.compile(rf"{kind}", re.IGNORECASE)
    return [
        str(path)
        for path in product()
        if kind not in path.parts and word.search((ROOT / path).read_text("utf-8"))
    ]


def imports(path: Path, tree: ast.Module) -> Iterator[str]:
    """Dotted names that a product file imports, those inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = list(path.parts[: -node.level]) if node.level else []
            yield ".".join([*base, *([node.module] if node.module else [])])


def upward(package: str, floors: Sequence[Sequence[str]]) -> list[str]:
    """Pairs of rooms of a package where one imports another of its own floor or of a higher one."""
    height = {room: -number for number, rooms in enumerate(floors) for room in rooms}
    return sorted(
        f"{package}.{source} → {package}.{target}"
        for source, target in arrows(package)
        if height.get(source, 0) <= height.get(target, 0)
    )


def arrows(package: str) -> set[tuple[str, str]]:
    """Which rooms of a package import which; a room is a folder or a file at its top."""
    found: set[tuple[str, str]] = set()
    for path, tree in product().items():
        if path.parts[0] != package or len(path.parts) < 2:
            continue
        source = path.parts[1].removesuffix(".py")
        for name in imports(path, tree):
            parts = name.split(".")
            if parts[0] == package and len(parts) > 1 and parts[1] != source:
                found.add((source, parts[1]))
    return found


def short_files() -> list[str]:
    """Product files of fewer than 40 lines."""
    return [str(path) for path in product() if 0 < len((ROOT / path).read_text("utf-8").splitlines()) < 40]


MEASURES: Final[Sequence[tuple[str, int | None, Callable[[], list[str]]]]] = (
    ("product files that name transit, outside its folders", 8, lambda: files_that_name("transit")),
    ("arrows of workload_secrets that run upward", 0, lambda: upward("workload_secrets", JUDGING)),
    ("arrows of components that run upward", 0, lambda: upward("components", DECLARING)),
    ("type tokens outside workload_secrets/model", 0, type_tokens),
    ("public class names defined three times or more", 3, names_thrice),
    ("product files under 40 lines", None, short_files),
    ("product files", None, lambda: [str(path) for path in product()]),
    ("product statements", None, statements),
)


def measured() -> list[Measure]:
    return [Measure(name, limit, count()) for name, limit, count in MEASURES]


def main() -> None:
    """Prints the table; with a part of a name, what was counted there."""
    for measure in measured():
        limit = "" if measure.limit is None else f"   to reach: {measure.limit}"
        print(f"{len(measure.found):>7}  {measure.name}{limit}")  # noqa: T201
        if len(sys.argv) > 1 and sys.argv[1] in measure.name:
            print("\n".join(f"           {line}" for line in measure.found))  # noqa: T201


if __name__ == "__main__":
    main()
