"""A stack as it was at a git revision."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from workload_secrets.errors import InputError, ServerError, WorkloadSecretsError
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph
from workload_secrets.outside import OutsideText


def graph_at(project: Path, revision: str, stack: str) -> Graph | None:
    """Captures the stack from the project's files at `revision`, in a temporary folder;
    None where that revision has no file of this stack.

    Nothing in the repository changes. Raises InputError for a revision that doesn't exist
    or whose program can't be captured.
    """
    archive = _archive(project, revision)
    with tempfile.TemporaryDirectory(prefix="workload-secrets-") as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter=_kept)  # noqa: S202 by `data_filter`
        inside = _inside(project, Path(folder), stack)
        if not _has(Path(folder), inside):
            return None
        try:
            return capture(Path(folder), inside)
        except WorkloadSecretsError as error:
            message = str(error).replace(folder, revision)
            raise InputError(f"--base {revision}: its program can't be captured: {message}") from None


def _kept(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    """Leaves out links that point out of the project: the copy must not reach what they point to."""
    try:
        return tarfile.data_filter(member, folder)
    except (tarfile.AbsoluteLinkError, tarfile.LinkOutsideDestinationError):
        return None


def _has(folder: Path, stack: str) -> bool:
    by_path = "/" in stack or stack.endswith((".yaml", ".yml"))
    return (Path(stack) if by_path else folder / f"Pulumi.{stack}.yaml").is_file()


def _archive(project: Path, revision: str) -> bytes:
    git = shutil.which("git")
    if git is None:
        raise ServerError("--base needs git on PATH; install it")
    if revision.startswith("-"):
        raise InputError(f"--base {revision}: give a git revision, such as HEAD~1 or main")
    done = subprocess.run(
        [git, "-C", str(project), "archive", "--format=tar", revision, "."], capture_output=True, check=False
    )
    if done.returncode != 0:
        said = OutsideText.last_line(done.stderr)
        raise InputError(f"--base {revision}: {said or 'git archive failed'}")
    return done.stdout


def _inside(project: Path, folder: Path, stack: str) -> str:
    """A stack given by path inside the project is the same path inside the copy."""
    path = Path(stack).resolve()
    if path.is_file() and path.is_relative_to(project):
        return str(folder / path.relative_to(project))
    return stack
