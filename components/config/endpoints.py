"""How to reach one environment: the only part that the sandbox replaces."""

from __future__ import annotations

from collections.abc import Mapping

from components.config.base import Model
from components.config.engines.database import DatabaseEndpoint
from components.config.fields import EmulatorAddress, FilePath, HttpsAddress, Line, Name


class ExecCommand(Model):
    """A command that prints a Kubernetes ExecCredential; without it the flavour's own."""

    command: str
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = {}


class ClusterEndpoint(Model):
    api_server: HttpsAddress
    ca_file: FilePath
    context: Line | None = None
    exec: ExecCommand | None = None


class VaultEndpoint(Model):
    address: HttpsAddress
    ca_file: FilePath | None = None


class AwsEndpoint(Model):
    """Only for an emulator: the one URL all AWS services answer on."""

    url: EmulatorAddress


class Endpoints(Model):
    """`databases` are keyed like `shared.databases`."""

    cluster: ClusterEndpoint
    vault: VaultEndpoint | None = None
    aws: AwsEndpoint | None = None
    databases: Mapping[Name, DatabaseEndpoint] = {}
