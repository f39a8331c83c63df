"""Processes by pid, without ever killing one that merely got a reused pid."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workload_secrets.sandbox import seal

_PR_SET_PDEATHSIG: Final = 1
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process as a pid file names it. `identity` tells when it was started."""

    pid: int
    identity: str

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """The running process with this pid, or None."""
        identity = identity_of(pid)
        return None if identity is None else cls(pid=pid, identity=identity)

    @classmethod
    def read(cls, file: Path) -> Process | None:
        """What a pid file names, or None where it is absent or this user's seal isn't on it."""
        data = seal.read(file)
        if data is None:
            return None
        try:
            return cls(pid=int(data["pid"]), identity=str(data["identity"]))
        except (KeyError, ValueError):
            return None

    def write(self, file: Path) -> None:
        """Writes the pid file, sealed."""
        seal.write(file, {"pid": self.pid, "identity": self.identity})

    @property
    def alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        return identity_of(self.pid) == self.identity

    def kill(self, number: signal.Signals = signal.SIGKILL, *, group: bool = False) -> bool:
        """Signals it (with `group` its process group), unless the pid is another's by now."""
        if not self.alive:
            return False
        with contextlib.suppress(ProcessLookupError):
            if group and os.getpgid(self.pid) == self.pid:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)
        return True

    def wait_gone(self, seconds: float) -> bool:
        """Waits until it no longer runs; False where it still does after `seconds`."""
        end = time.monotonic() + seconds
        while self.alive:
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True


def identity_of(pid: int) -> str | None:
    """When a process was started, as a text that no later process with its pid shares.

    None where no such process runs, or only as a zombie.
    """
    if sys.platform == "linux":
        return _linux_identity(pid)
    done = subprocess.run(
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = done.stdout.strip().partition(" ")
    return None if done.returncode or state.startswith("Z") or not started else started.strip()


def _linux_identity(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        boot = _BOOT_ID.read_text().strip()
    except OSError:
        return None
    # The name in parentheses may hold spaces; fields after it are fixed (man 5 proc):
    # the state is the first of them, the start time in ticks since boot the twentieth.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else f"{boot}:{fields[19]}"


def die_with_parent() -> None:
    """For a child between fork and exec: the kernel kills it when its parent dies (Linux)."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
