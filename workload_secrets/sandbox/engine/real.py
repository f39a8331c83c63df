"""The real providers: found as the engine finds them, or built, for those who ask for them.

Ours are the default. `pulumi plugin install` puts a provider below PULUMI_HOME; a file
`pulumi-resource-NAME` on PATH counts more, as it does for the engine
(https://www.pulumi.com/docs/iac/concepts/plugins/). The Kubernetes provider can be built from its
module: `make providers`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc

from workload_secrets.errors import InputError, ServerError
from workload_secrets.graph.model import Graph
from workload_secrets.graph.process import clean_environment
from workload_secrets.sandbox.engine import front
from workload_secrets.sandbox.engine.language import packages_installed
from workload_secrets.sandbox.go import GoProgram, pinned, whole
from workload_secrets.sandbox.ports import LOOPBACK

SOURCES: Final = Path(__file__).parent / "kubernetes"
MODULE: Final = "github.com/pulumi/pulumi-kubernetes/provider/v4"
_EMBEDDED: Final = "cmd/pulumi-resource-kubernetes"
_VERSION_VARIABLE: Final = f"{MODULE}/pkg/version.Version"
_PROVIDER: Final = "pulumi:providers:"
_NOWHERE: Final = f"{LOOPBACK}:9"
_ANSWER_SECONDS: Final = 30.0
OURS: Final = "ours"
REAL: Final = "real"


@dataclass(frozen=True, kw_only=True)
class RealProvider:
    """A provider's program. `wanted` is the version that the installed SDK asks for."""

    system: str
    path: Path
    version: str
    wanted: str

    def __str__(self) -> str:
        other = "" if self.version == self.wanted else f" (the program asks for {self.wanted})"
        return f"{self.system} {self.version}{other}, the real one at {self.path}"


def systems(graph: Graph) -> set[str]:
    """The systems whose providers a program makes."""
    return {r.type.removeprefix(_PROVIDER) for r in graph.resources if r.type.startswith(_PROVIDER)}


def choose(
    text: str, used: Iterable[str], environment: Mapping[str, str] | None = None
) -> Mapping[str, RealProvider]:
    """The real providers to run, by system; the others are ours.

    `text`: `ours`; `real` for all systems that are `used`; or such as
    `kubernetes=real,aws=ours`. Raises InputError for another text, and where a provider that is asked
    for is not here, or doesn't answer.
    """
    variables = os.environ if environment is None else environment
    return {system: find(system, variables) for system in _asked(text, sorted(set(used)))}


def _asked(text: str, used: list[str]) -> list[str]:
    if text in (OURS, REAL):
        return used if text == REAL else []
    pairs: dict[str, str] = {}
    for part in text.split(","):
        system, _, which = part.strip().partition("=")
        pairs[system] = which
    for system, which in pairs.items():
        if system not in packages_installed() or which not in (OURS, REAL):
            raise InputError(
                f"--providers {text}: allowed: {OURS}, {REAL}, or SYSTEM={REAL} for each of "
                f"{', '.join(packages_installed())}, with commas between them"
            )
    return [system for system in used if pairs.get(system) == REAL]


def find(system: str, environment: Mapping[str, str]) -> RealProvider:
    """The provider of a system. Raises InputError where none is here or it doesn't answer."""
    wanted = packages_installed()[system]
    path = located(system, wanted, environment)
    if path is None:
        build = ", or build it: make providers" if system == "kubernetes" else ""
        raise InputError(
            f"--providers: the real provider {system} {wanted} is neither on PATH nor in "
            f"{_plugins(environment)}; install it: pulumi plugin install resource {system} {wanted}{build}"
        )
    return RealProvider(system=system, path=path, version=_said(path), wanted=wanted)


def located(system: str, wanted: str, environment: Mapping[str, str]) -> Path | None:
    """Where the engine would find it: PATH, PULUMI_HOME; then what `make providers` built."""
    name = f"pulumi-resource-{system}"
    on_path = shutil.which(name, path=environment.get("PATH", ""))
    if on_path:
        return Path(on_path).absolute()
    installed = _plugins(environment) / f"resource-{system}-v{wanted}" / name
    if os.access(installed, os.X_OK):
        return installed.absolute()
    own = kubernetes_program().target(environment) if system == "kubernetes" else None
    return own if own is not None and whole(own) else None


def kubernetes_program() -> GoProgram:
    """How the Kubernetes provider is built. Its schema is embedded, as in the original's own main.go,
    with which it reads what a refresh or an import found."""
    files = {name: f"{_EMBEDDED}/{name}" for name in ("schema.json", "terraform-mapping.json")}
    return GoProgram(
        sources=SOURCES,
        name="pulumi-resource-kubernetes",
        title="Pulumi's Kubernetes provider",
        takes="about ten minutes of one core",
        variables={_VERSION_VARIABLE: pinned(SOURCES, MODULE)},
        embedded={name: (MODULE, file) for name, file in files.items()},
    )


def _plugins(environment: Mapping[str, str]) -> Path:
    """https://www.pulumi.com/docs/iac/cli/environment-variables/: PULUMI_HOME, else ~/.pulumi."""
    home = environment.get("PULUMI_HOME") or Path(environment.get("HOME") or "~").expanduser() / ".pulumi"
    return Path(home) / "plugins"


def _said(path: Path) -> str:
    """The version that a provider says it has. It is started for that, without settings and with a way
    to nowhere."""
    with tempfile.TemporaryDirectory() as home:
        nowhere = front.Surroundings(proxy=f"http://{_NOWHERE}", ca_file=Path(os.devnull))
        variables = front.environment(clean_environment({"HOME": home}), nowhere)
        try:
            with front.running(str(path), _NOWHERE, variables) as (_, channel):
                stub: Any = provider_pb2_grpc.ResourceProviderStub(channel)
                return str(stub.GetPluginInfo(empty_pb2.Empty(), timeout=_ANSWER_SECONDS).version)
        except (OSError, ServerError, grpc.RpcError) as error:
            raise InputError(
                f"--providers: {path} doesn't answer as a provider of Pulumi's ({type(error).__name__}); "
                "install it again, or use ours"
            ) from None
