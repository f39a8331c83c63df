"""What the deployer may do in Vault: configure exactly one stack's mounts, roles and policies.

No path under `data/` or `metadata/` is granted, so it reads and writes no value. `sys/auth/*`
demands sudo. https://openbao.org/docs/concepts/policies/#root-protected-api-endpoints
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.documents.vault_policy import policy_hcl

_WRITE = ("create", "read", "update")
_OWN = (*_WRITE, "delete")
_SET = ("create", "update")


@dataclass(frozen=True, kw_only=True)
class DeployerVault:
    """One stack's things in Vault; mounts only where the stack makes them.

    `engines`: paths of database, PKI and transit with their capabilities, as they are.
    `namespace`: the policy lies in its parent (the root namespace), so that the same token
    may create it where `creates_namespace`. `may_delete`: also what holds values.
    """

    auth_mount: str
    creates_auth_mount: bool
    kv_mounts: tuple[str, ...]
    roles: tuple[str, ...]
    policies: tuple[str, ...]
    engines: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    namespace: str | None = None
    creates_namespace: bool = False
    may_delete: bool = False


def deployer_vault(rights: DeployerVault) -> str:
    """The deployer's ACL policy, as HCL."""
    paths = deployer_paths(rights)
    if rights.namespace is None:
        return policy_hcl(paths)
    namespace = rights.namespace.strip("/")
    inside = {f"{namespace}/{path}": capabilities for path, capabilities in paths.items()}
    if rights.creates_namespace:
        parent, slash, name = namespace.rpartition("/")
        inside[f"{parent}{slash}sys/namespaces/{name}"] = _OWN if rights.may_delete else _WRITE
    return policy_hcl(inside)


def deployer_paths(rights: DeployerVault) -> dict[str, tuple[str, ...]]:
    """The deployer's paths with their capabilities, as they are inside its namespace."""
    paths: dict[str, tuple[str, ...]] = {}
    values = _OWN if rights.may_delete else _WRITE
    for mount in rights.kv_mounts:
        paths[f"sys/mounts/{mount}"] = values
        paths[f"sys/mounts/{mount}/tune"] = _SET
        paths[f"{mount}/config"] = _WRITE
    if rights.creates_auth_mount:
        paths |= auth_mount_paths(rights.auth_mount) | {f"auth/{rights.auth_mount}/config": _WRITE}
    for role in rights.roles:
        paths[f"auth/{rights.auth_mount}/role/{role}"] = _OWN
    for policy in rights.policies:
        paths[f"sys/policies/acl/{policy}"] = _OWN
    return paths | dict(rights.engines)


def auth_mount_paths(mount: str) -> dict[str, tuple[str, ...]]:
    """What it takes to enable, read, tune and disable an auth method at `mount`, without what its
    own type has.

    The provider enables and disables by `sys/auth`, which demands sudo, and reads and tunes by
    `sys/mounts/auth`, which doesn't.
    (terraform-provider-vault of August 2026, vault/resource_auth_backend.go, vault/auth_mount.go,
    util/mountutil/mountutil.go GetAuthMount)
    """
    return {
        f"sys/auth/{mount}": (*_SET, "delete", "sudo"),
        f"sys/mounts/auth/{mount}": ("read",),
        f"sys/mounts/auth/{mount}/tune": _WRITE,
    }
