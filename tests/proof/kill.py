"""kill -9 on `rehearse dev` at random moments; afterwards everything must be as before.

python -m tests.proof.kill --count 10
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.proof import scratch
from tests.proof.scratch import Scratch

STACK: Final = "dev"
SEED: Final = 20_260
GONE_SECONDS: Final = 15.0
"""How long the watchdogs may take to end what a killed rehearsal has started."""
_WHOLE_SECONDS: Final = 1200
_BUILT_SECONDS: Final = 120
"""A rehearsal that takes longer has built the Kubernetes API first."""
_IGNORED: Final = (".sandbox", "__pycache__")


@dataclass(frozen=True)
class Found:
    """What one kill left. `moment` is in seconds; `ended` when the run had already ended."""

    moment: float
    ended: bool
    processes: tuple[str, ...]
    files: tuple[str, ...]

    @property
    def clean(self) -> bool:
        return not self.processes and not self.files


def prove(folder: Path, count: int, say: Callable[[str], None] = print) -> list[Found]:
    """Kills `count` rehearsals in a copy in `folder`, each at another moment.

    The moments are spread over the length of a first, undisturbed rehearsal. Raises
    AssertionError where that, or a last one after all kills, fails or leaves something.
    """
    copy, temporary = scratch.copy(folder / "project"), folder / "temporary"
    temporary.mkdir()
    before = _files(copy.folder)
    seconds = _whole(copy, temporary)
    if seconds > _BUILT_SECONDS:
        seconds = _whole(copy, temporary)
    say(f"a whole rehearsal takes {seconds:.1f} s")
    found: list[Found] = []
    for moment in moments(count, seconds):
        ended = _kill(copy, temporary, moment)
        left = _left(copy.folder)
        files = sorted((_files(copy.folder) - before) | _files(temporary))
        found.append(Found(moment, ended, tuple(left), tuple(files)))
        say(f"killed after {moment:.1f} s: {'nothing left' if found[-1].clean else found[-1]}")
    _whole(copy, temporary)
    folders = [p.name for p in (copy.folder / ".sandbox").iterdir() if p.is_dir()]
    assert not folders, f"sandboxes are left: {folders}"
    return found


def moments(count: int, seconds: float) -> list[float]:
    """Random moments, one in each of `count` equal parts of the time; the same every run."""
    generator = random.Random(SEED)
    found = [(part + generator.random()) / count * seconds for part in range(count)]
    generator.shuffle(found)
    return found


def _whole(copy: Scratch, temporary: Path) -> float:
    start = time.monotonic()
    with _started(copy, temporary) as process:
        code = process.wait(_WHOLE_SECONDS)
    assert code == 0, f"exit {code}\n{_log(temporary).read_text()[-3000:]}"
    left = _left(copy.folder)
    assert not left, f"still running after a whole rehearsal: {left}"
    return time.monotonic() - start


def _kill(copy: Scratch, temporary: Path, moment: float) -> bool:
    with _started(copy, temporary) as process:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        ended = process.poll() is not None
        process.kill()
    return ended


@contextlib.contextmanager
def _started(copy: Scratch, temporary: Path) -> Generator[subprocess.Popen[bytes]]:
    with _log(temporary).open("wb") as progress:
        process = subprocess.Popen(
            scratch.command("rehearse", STACK),
            cwd=copy.folder,
            env={**scratch.environment(copy.folder), "TMPDIR": str(temporary)},
            stdout=subprocess.DEVNULL,
            stderr=progress,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _log(temporary: Path) -> Path:
    return temporary.parent / "progress.log"


def _left(folder: Path) -> list[str]:
    """What still runs in the copy after the watchdogs had their time."""
    end = time.monotonic() + GONE_SECONDS
    while (found := processes_of(folder)) and time.monotonic() < end:
        time.sleep(0.2)
    return found


def processes_of(folder: Path) -> list[str]:
    """Processes that work in the folder or name a path below it; zombies have neither."""
    needle = str(folder).encode()
    found: list[str] = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_bytes()
            where = str((entry / "cwd").readlink())
            if needle in command or where.startswith(str(folder)):
                found.append(f"{entry.name} {command.replace(bytes(1), b' ').decode(errors='replace')[:200]}")
    return sorted(found)


def _files(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if not any(part in _IGNORED for part in path.relative_to(folder).parts)
    }


def main() -> int:
    """Entry point; exit 1 where something was left."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = prove(Path(folder), arguments.count, lambda line: print(line, file=sys.stderr))  # noqa: T201
    return 0 if all(kill.clean for kill in found) else 1


if __name__ == "__main__":
    sys.exit(main())
