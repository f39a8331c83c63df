"""The Kubernetes API binary: built once from `kube/`, or the user's own.

Built binaries lie in the user's cache folder under a hash of their sources, so a new
version of the sources is built beside the old one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workload_secrets.errors import ServerError
from workload_secrets.sandbox.files import private_folder
from workload_secrets.sandbox.go import Progress, compile_to, compiler

SOURCES: Final = Path(__file__).parent / "kube"


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


def build(progress: Progress, environment: Mapping[str, str] | None = None, sources: Path = SOURCES) -> Path:
    """The path of our binary, which is built first where the cache lacks it.

    A build takes four to eight minutes on two cores, and about 3 GB beside the binary until
    it is done. Raises ServerError with the end of the compiler's output where it fails.
    """
    variables = os.environ if environment is None else environment
    folder = private_folder(cache_folder(variables))
    target = folder / f"kube-{sources_hash(sources)}"
    if target.exists():
        return target
    with _locked(folder / "build.lock", progress):
        if not target.exists():
            for broken_off in folder.glob("kube-*.part"):
                broken_off.unlink()
            compile_to(target, compiler(folder, progress, variables), progress, variables, sources)
    return target


def cache_folder(environment: Mapping[str, str]) -> Path:
    """`workload-secrets` under XDG_CACHE_HOME, or under ~/.cache."""
    base = environment.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "workload-secrets"


def sources_hash(sources: Path = SOURCES) -> str:
    """A hash of everything that goes into the binary, but for the compiler."""
    digest = hashlib.sha256()
    for name in ("main.go", "go.mod", "go.sum"):
        content = (sources / name).read_bytes()
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
