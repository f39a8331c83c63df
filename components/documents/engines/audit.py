"""What the deployer may do with audit devices. They log the whole server, so Vault demands sudo."""

from __future__ import annotations

from components.config.stack import StackConfig


def deployer_paths(config: StackConfig) -> dict[str, tuple[str, ...]]:
    """Each device's own path, and the list that tells whether it is there.

    Deleting a device is left to an administrator in production: it ends the log.
    https://developer.hashicorp.com/vault/api-docs/system/audit
    """
    audit = config.shared.audit
    if audit is None or audit.manage == "existing":
        return {}
    own = ("create", "update", "sudo")
    if config.tier == "development":
        own = (*own, "delete")
    return {"sys/audit": ("read", "sudo"), **{f"sys/audit/{name}": own for name in audit.devices}}
