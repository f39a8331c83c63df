"""How to reach one environment: the only part that the sandbox replaces."""

from __future__ import annotations

from collections.abc import Mapping

from components.config.base import Model


class ExecCommand(Model):
    """A command that prints a Kubernetes ExecCredential; without it the flavour's own."""

    command: str
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = {}


class ClusterEndpoint(Model):
    api_server: str
    ca_file: str
    context: str | None = None
    exec: ExecCommand | None = None


class VaultEndpoint(Model):
    address: str
    ca_file: str | None = None


class AwsEndpoint(Model):
    """Only for an emulator: the one URL all AWS services answer on."""

    url: str


class Endpoints(Model):
    cluster: ClusterEndpoint
    vault: VaultEndpoint | None = None
    aws: AwsEndpoint | None = None
