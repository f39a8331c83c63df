"""Starting, finding and ending sandboxes: real servers on 127.0.0.1 for a rehearsal."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from workload_secrets.errors import InputError, ServerError
from workload_secrets.escape import visible
from workload_secrets.sandbox import state
from workload_secrets.sandbox.handle import Sandbox, StackSpec
from workload_secrets.sandbox.kube_binary import find
from workload_secrets.sandbox.process import Process
from workload_secrets.sandbox.servers import Owner, Servers
from workload_secrets.sandbox.start import Plan, start_all

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
Progress = Callable[[str], None]


def up(specs: Sequence[StackSpec], *, name: str, root: Path, owner: Owner, progress: Progress) -> Sandbox:
    """Starts the servers that the stacks need and returns how to reach them.

    `root` is the project's `.sandbox`; the sandbox lies in `root/name`. With owner `process` it
    ends with this process, however that ends; with `detached` it runs until `down`. What dead
    owners left under `root` is removed first. Anything else there is named and left alone.
    Raises InputError where the specs contradict each other, the sandbox runs already, or `root` or
    `root/name` is a link or somebody else's; ServerError where a server does not start.
    """
    plan = Plan.of(specs)
    root, folder = _place(root, name)
    with state.locked(root):
        for left in state.sweep(root):
            progress(f"removed what was left of sandbox {left}")
        for line in state.strangers(root):
            progress(f"left alone: {line}")
        state.create(folder, _own())
    try:
        binary = find(progress)
        servers = Servers(folder, owner)
    except BaseException:
        state.remove(folder)
        raise
    try:
        sandbox = start_all(servers, plan, name=name, folder=folder, binary=binary, progress=progress)
        state.save(sandbox)
        servers.ready()
    except BaseException:
        servers.abort()
        state.remove(folder)
        raise
    return sandbox


def down(name: str, root: Path) -> bool:
    """Ends a sandbox and removes its files; False where there is none of this name.

    Raises InputError where `root` or `root/name` is a link or not a sandbox of this user's.
    """
    root, folder = _place(root, name)
    if not os.path.lexists(root):
        return False
    with state.locked(root):
        if not os.path.lexists(folder):
            return False
        supervisor = Process.read(folder / state.SUPERVISOR)
        state.remove(folder)
    if supervisor is not None:
        # It may be this process's own child; then it stays a zombie until it is waited for.
        with contextlib.suppress(ChildProcessError):
            os.waitpid(supervisor.pid, os.WNOHANG)
    return True


def load(name: str, root: Path) -> Sandbox:
    """The handle of a running sandbox. Raises ServerError where none of this name runs."""
    root, folder = _place(root, name)
    sandbox = state.read(folder) if state.alive(folder) else None
    if sandbox is None:
        names = ", ".join(found.name for found in running(root)) or "none"
        raise ServerError(f"no sandbox {name} runs (running: {names}); start one with `sandbox up`")
    return sandbox


def running(root: Path) -> list[Sandbox]:
    """Every sandbox of this user under `root` that runs and is fully started, by name.

    Raises InputError where `root` is a link or another user's.
    """
    folders = state.folders(state.canonical(root))
    found = [state.read(folder) for folder in folders if state.alive(folder)]
    return [sandbox for sandbox in found if sandbox is not None]


def strangers(root: Path) -> list[str]:
    """A line for each folder and link under `root` that is no sandbox of this user's."""
    return state.strangers(state.canonical(root))


def _place(root: Path, name: str) -> tuple[Path, Path]:
    """The root and the folder of a sandbox. Raises InputError for a name that is no folder's."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f"sandbox name {visible(repr(name))}: must be lower-case letters, digits and hyphens, at most 40"
        )
    root = state.canonical(root)
    return root, root / name


def _own() -> Process:
    own = Process.of(os.getpid())
    assert own is not None  # noqa: S101 - this process runs
    return own
