"""A sandbox's handle on disk, and which sandboxes under a root still live."""

from __future__ import annotations

import dataclasses
import fcntl
import shutil
import signal
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from workload_secrets.sandbox.files import private_folder, read_json, write_json
from workload_secrets.sandbox.handle import Cluster, DatabaseServer, Part, Sandbox, StackAccess
from workload_secrets.sandbox.process import Process

HANDLE: Final = "sandbox.json"
SUPERVISOR: Final = "supervisor.json"
STARTER: Final = "starter.json"
_GONE_SECONDS: Final = 10.0
_T = TypeVar("_T", Part, Cluster, StackAccess, DatabaseServer)


def save(sandbox: Sandbox) -> None:
    """Writes the handle beside the sandbox's other files."""
    write_json(sandbox.folder / HANDLE, _plain(dataclasses.asdict(sandbox)))


def read(folder: Path) -> Sandbox | None:
    """The handle of a started sandbox, or None."""
    data: Any = read_json(folder / HANDLE)
    if not isinstance(data, dict):
        return None
    values: dict[str, Any] = {**data}
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


@contextmanager
def locked(root: Path) -> Generator[None]:
    """Lets one process at a time make or remove sandboxes under `root`."""
    with (private_folder(root) / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


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

    Processes are taken from pid files; one whose start time differs is left alone.
    """
    supervisor = Process.read(folder / SUPERVISOR)
    if supervisor is not None and supervisor.alive:
        supervisor.kill(signal.SIGTERM)
        if not supervisor.wait_gone(_GONE_SECONDS):
            supervisor.kill()
    for file in sorted((folder / "pids").glob("*.json")):
        part = Process.read(file)
        if part is not None and part.kill(group=True):
            part.wait_gone(_GONE_SECONDS)
    shutil.rmtree(folder, ignore_errors=True)


def sweep(root: Path) -> tuple[str, ...]:
    """Removes what dead owners left under `root`; returns the names."""
    left = [folder for folder in folders(root) if not alive(folder)]
    for folder in left:
        remove(folder)
    return tuple(folder.name for folder in left)


def folders(root: Path) -> list[Path]:
    """The folders of all sandboxes under `root`."""
    if not root.is_dir():
        return []
    return sorted(folder for folder in root.iterdir() if folder.is_dir() and not folder.name.startswith("."))


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
