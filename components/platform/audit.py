"""The platform's audit devices."""

from __future__ import annotations

from components.config.audit import Device
from components.config.stack import StackConfig
from components.platform.context import VaultContext
from components.vault.audit import Audit, AuditArgs, DeviceArgs

FILE_MODE = "0600"


def declare(config: StackConfig, context: VaultContext) -> None:
    """The devices that this stack makes; none where they are another's."""
    audit = config.shared.audit
    if audit is None or audit.manage == "existing":
        return
    devices = tuple(
        DeviceArgs(name=name, type=device.type, options=options(device), description=device.description)
        for name, device in audit.devices.items()
    )
    Audit("audit", AuditArgs(devices=devices), context.opts)


def options(device: Device) -> dict[str, str]:
    """A device's own options, as Vault's API has them: all texts.
    https://developer.hashicorp.com/vault/docs/audit/file, /socket and /syslog"""
    if device.type == "file":
        mode = {} if device.path == "stdout" else {"mode": device.mode or FILE_MODE}
        return {"file_path": device.path or "", **mode}
    if device.type == "socket":
        return {"address": device.address or "", "socket_type": device.socket_type or "tcp"}
    return {"facility": device.facility or "AUTH", "tag": device.tag or "vault"}
