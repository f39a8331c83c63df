"""Where a project lies in its repository: what code hosts need to show a source line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote

PROJECT_FILE = "Pulumi.yaml"


@dataclass(frozen=True, kw_only=True)
class Site:
    """`prefix` is the project's folder as seen from the repository's root, empty where they are
    one; `file` is where a finding without a source line is shown, relative to the project."""

    prefix: str = ""
    file: str = PROJECT_FILE

    def uri(self, file: str) -> str:
        """A file of the project, relative to the repository's root."""
        return quote(str(PurePosixPath(self.prefix, file)))

    def place(self, source: str) -> tuple[str, int]:
        """URI and line of `file:line`; the stack's file where it is none of the project's."""
        file, _, line = source.rpartition(":")
        path = PurePosixPath(file)
        if not file or path.is_absolute() or ".." in path.parts or not line.isdecimal():
            return self.uri(self.file), 1
        return self.uri(file), max(int(line), 1)


def site(project: Path, stack: str) -> Site:
    """The site of a project; findings without a line are shown in the file of this stack, by
    name or path, if it lies in the project."""
    folder = project.resolve()
    root = next((f for f in (folder, *folder.parents) if (f / ".git").exists()), folder)
    prefix = folder.relative_to(root).as_posix()
    return Site(prefix="" if prefix == "." else prefix, file=_stack_file(folder, stack))


def _stack_file(project: Path, stack: str) -> str:
    for file in (project / f"Pulumi.{stack}.yaml", Path(stack).resolve()):
        if file.is_file() and file.is_relative_to(project):
            return file.relative_to(project).as_posix()
    return PROJECT_FILE
