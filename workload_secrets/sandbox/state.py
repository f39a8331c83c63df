"""A sandbox's handle on disk, and which sandboxes under a root still live."""

from __future__ import annotations

import dataclasses
import fcntl
import os
import signal
import stat
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from workload_secrets.errors import InputError, ServerError
from workload_secrets.escape import visible
from workload_secrets.files import check_folder, described, open_to_append, private_folder, remove_folder
from workload_secrets.sandbox import seal
from workload_secrets.sandbox.handle import Cluster, DatabaseServer, Part, Sandbox, StackAccess
from workload_secrets.sandbox.process import Process

HANDLE: Final = "sandbox.json"
SUPERVISOR: Final = "supervisor.json"
STARTER: Final = "starter.json"
MARKERS: Final = (STARTER, SUPERVISOR)
"""A folder that holds one of these, sealed by this user, is a sandbox of this user's."""
_GONE_SECONDS: Final = 10.0
_T = TypeVar("_T", Part, Cluster, StackAccess, DatabaseServer)


def save(sandbox: Sandbox) -> None:
    """Writes the handle beside the sandbox's other files."""
    seal.write(sandbox.folder / HANDLE, _plain(dataclasses.asdict(sandbox)))


def read(folder: Path) -> Sandbox | None:
    """The handle of a started sandbox, or None where there is none that this user sealed."""
    values = seal.read(folder / HANDLE)
    if values is None:
        return None
    for name in ("folder", "ca_file", "vault_admin_token_file"):
        values[name] = None if values[name] is None else Path(values[name])
    values["parts"] = tuple(_with_paths(Part, item) for item in values["parts"])
    values["clusters"] = {name: _with_paths(Cluster, item) for name, item in values["clusters"].items()}
    values["stacks"] = {name: _with_paths(StackAccess, item) for name, item in values["stacks"].items()}
    values["databases"] = {
        name: _with_paths(DatabaseServer, item) for name, item in values["databases"].items()
    }
    values["substitutions"] = tuple(values["substitutions"])
    return Sandbox(**values)


def canonical(root: Path) -> Path:
    """`root` with its parent's links resolved: a project may be reached by a link, its `.sandbox`
    must not be one."""
    return root.parent.resolve() / root.name


@contextmanager
def locked(root: Path) -> Generator[None]:
    """Lets one process at a time make or remove sandboxes under `root`, which is made where missing.

    Raises InputError where `root` or its lock is a link or another user's.
    """
    with open_to_append(private_folder(root) / ".lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def create(folder: Path, starter: Process) -> None:
    """Makes the folder of a sandbox that `starter` starts. Raises InputError where it exists."""
    seal.key()  # before anything is made that would stay without a seal
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if ours(folder):
            raise InputError(
                f"sandbox {folder.name} runs already; end it with `workload-secrets sandbox down`"
            ) from None
        raise InputError(_not_ours(folder)) from None
    starter.write(folder / STARTER)


def ours(folder: Path) -> bool:
    """Whether this is a folder, no link, with the seal of a sandbox that this user started in it."""
    if not _is_folder(folder):
        return False
    return any(Process.read(folder / name) is not None for name in MARKERS)


def alive(folder: Path) -> bool:
    """Whether the sandbox runs: its supervisor lives, or its starter still starts it."""
    supervisor = Process.read(folder / SUPERVISOR)
    if supervisor is not None and supervisor.alive:
        return True
    if (folder / HANDLE).exists():
        return False
    starter = Process.read(folder / STARTER)
    return starter is not None and starter.alive


def remove(folder: Path) -> None:
    """Ends what is left of a sandbox, supervisor first, and removes its folder.

    Processes are taken from sealed pid files; one whose start time differs is left alone. Raises
    InputError where the folder is not this user's sandbox, ServerError where it can't be removed.
    """
    if not os.path.lexists(folder):
        return
    if not ours(folder):
        raise InputError(_not_ours(folder))
    supervisor = Process.read(folder / SUPERVISOR)
    if supervisor is not None and supervisor.alive:
        supervisor.kill(signal.SIGTERM)
        if not supervisor.wait_gone(_GONE_SECONDS):
            supervisor.kill()
    for file in sorted((folder / "pids").glob("*.json")):
        part = Process.read(file)
        if part is not None and part.kill(group=True):
            part.wait_gone(_GONE_SECONDS)
    try:
        remove_folder(folder, MARKERS)
    except OSError as error:
        raise ServerError(f"{folder}: can't be removed whole ({error.strerror}); remove it by hand") from None


def sweep(root: Path) -> tuple[str, ...]:
    """Removes the sandboxes that dead owners left under `root`; returns the names."""
    left = [folder for folder in folders(root) if not alive(folder)]
    for folder in left:
        remove(folder)
    return tuple(folder.name for folder in left)


def folders(root: Path) -> list[Path]:
    """The folders of all sandboxes of this user under `root`. Raises InputError for a `root` that
    is a link or another user's."""
    return [entry for entry in _entries(root) if ours(entry)]


def strangers(root: Path) -> list[str]:
    """A line for each folder and link under `root` that is no sandbox of this user's. Nothing
    touches these."""
    return [
        _not_ours(entry)
        for entry in _entries(root)
        if not ours(entry) and (entry.is_symlink() or _is_folder(entry))
    ]


def _entries(root: Path) -> list[Path]:
    if not os.path.lexists(root):
        return []
    check_folder(root)
    return sorted(entry for entry in root.iterdir() if not entry.name.startswith("."))


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _not_ours(folder: Path) -> str:
    return (
        f"{visible(str(folder))}: {described(folder)}, not a sandbox that you started here, so it stays as "
        "it is; look into it and remove it by hand (a sandbox of an earlier version: end its processes too)"
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        items: Mapping[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
        return {key: _plain(item) for key, item in items.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def _with_paths(kind: type[_T], data: Mapping[str, Any]) -> _T:
    paths = {field.name for field in dataclasses.fields(kind) if "Path" in str(field.type)}
    values: dict[str, Any] = {
        name: Path(value) if name in paths and value is not None else _kept(value)
        for name, value in data.items()
    }
    return kind(**values)


def _kept(value: Any) -> Any:
    """JSON has no tuples, and a handle has no lists."""
    return tuple(cast("list[Any]", value)) if isinstance(value, list) else value
