"""The platform's audit devices."""

from __future__ import annotations

from components.config.audit import Device, FileDevice, SocketDevice
from components.config.stack import StackConfig
from components.platform_context import VaultContext
from components.vault.audit import Audit, AuditArgs, DeviceArgs


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
    if isinstance(device, FileDevice):
        mode = {} if device.path == "stdout" else {"mode": device.mode}
        return {"file_path": device.path, **mode}
    if isinstance(device, SocketDevice):
        return {"address": device.address, "socket_type": device.socket_type}
    return {"facility": device.facility, "tag": device.tag}
