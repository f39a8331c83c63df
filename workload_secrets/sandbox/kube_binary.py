"""The Kubernetes API binary: built once from `kube/`, or the user's own."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workload_secrets.errors import ServerError
from workload_secrets.sandbox.go import GoProgram, Progress, built, pinned

SOURCES: Final = Path(__file__).parent / "kube"


@dataclass(frozen=True, kw_only=True)
class KubeBinary:
    """How to run etcd, the API server and its controllers: the words before their arguments.
    `controllers` is empty where the user's own binaries have none: then no deletion of a namespace
    ends."""

    api_server: tuple[str, ...]
    etcd: tuple[str, ...]
    controllers: tuple[str, ...]
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
        return users_own(Path(assets))
    binary = str(build(progress, variables))
    return KubeBinary(
        api_server=(binary,),
        etcd=(binary, "etcd"),
        controllers=(binary, "controllers"),
        own=True,
        version=pinned(SOURCES, "k8s.io/kubernetes"),
        etcd_version=pinned(SOURCES, "go.etcd.io/etcd/server/v3"),
    )


def build(progress: Progress, environment: Mapping[str, str] | None = None, sources: Path = SOURCES) -> Path:
    """The path of our binary, which is built first where the cache lacks it.

    A build takes four to eight minutes on two cores, and about 3 GB beside the binary until
    it is done. Raises ServerError with the end of the compiler's output where it fails.
    """
    return built(program(sources), progress, os.environ if environment is None else environment)


def program(sources: Path = SOURCES) -> GoProgram:
    """How our binary is built."""
    return GoProgram(
        sources=sources,
        name="kube",
        title="the Kubernetes API",
        takes="four to eight minutes on two cores",
    )


def users_own(folder: Path) -> KubeBinary:
    """kube-apiserver, etcd and, where it is there, kube-controller-manager in a folder.

    Raises ServerError naming which of the first two is missing.
    """
    api_server, etcd = folder / "kube-apiserver", folder / "etcd"
    manager = folder / "kube-controller-manager"
    missing = [str(file) for file in (api_server, etcd) if not os.access(file, os.X_OK)]
    if missing:
        raise ServerError(
            f"KUBEBUILDER_ASSETS={folder}: {' and '.join(missing)} missing or not executable; "
            "put both there, or unset it to build them from source"
        )
    return KubeBinary(
        api_server=(str(api_server),),
        etcd=(str(etcd),),
        controllers=(str(manager),) if os.access(manager, os.X_OK) else (),
        own=False,
        version=_said(api_server),
        etcd_version=_said(etcd),
    )


def _said(binary: Path) -> str:
    done = subprocess.run([str(binary), "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"(\d+\.\d+\.\d+\S*)", done.stdout)
    return found.group(1) if found else "unknown"
