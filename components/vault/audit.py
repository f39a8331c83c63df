"""Audit devices of a Vault server, for the product that takes them over its API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pulumi
import pulumi_vault as vault

from components.inputs import Args

TOKEN = "workload-secrets:vault:Audit"  # noqa: S105 a type token

_LOGGED: Mapping[str, str] = {
    "log_raw": "false",
    "hmac_accessor": "true",
    "elide_list_responses": "true",
}
"""Values and token accessors as HMAC; a listing by the number of its items.
https://developer.hashicorp.com/vault/docs/audit#common-configuration-options"""


class DeviceArgs(Args):
    """One device. `name` is its path below sys/audit. `options` are of its type, such as
    `file_path`; what is logged isn't theirs to say."""

    name: str
    type: Literal["file", "socket", "syslog"]
    options: Mapping[str, str]
    description: str | None = None


class AuditArgs(Args):
    devices: tuple[DeviceArgs, ...]


class Audit(pulumi.ComponentResource):
    """The server's audit devices."""

    paths: pulumi.Output[list[str]]

    def __init__(self, name: str, args: AuditArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        for device in args.devices:
            vault.Audit(
                f"{name}-{device.name}",
                path=device.name,
                type=device.type,
                description=device.description,
                options={**device.options, **_LOGGED},
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.paths = pulumi.Output.from_input([device.name for device in args.devices])
        self.register_outputs({"paths": self.paths})
