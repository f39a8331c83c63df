"""Rights on the auth mounts of those that are no pods: the deployer's, and the courier's.

The courier is whoever hands a machine its secret id. The deployer isn't: it configures the
role and can never log in by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

_WRITE: Final = ("create", "read", "update")
_OWN: Final = (*_WRITE, "delete")
WRAP_LEAST_SECONDS: Final = 1
WRAP_MOST_SECONDS: Final = 600
"""How long a wrapped secret id may wait to be unwrapped."""


@dataclass(frozen=True, kw_only=True)
class IdentityRole:
    """One role on the auth mount `mount`."""

    mount: str
    method: Literal["jwt", "approle", "cert"]
    name: str

    @property
    def path(self) -> str:
        """Its API path. Certificate roles lie under `certs`."""
        return f"auth/{self.mount}/{'certs' if self.method == 'cert' else 'role'}/{self.name}"


def deployer_paths(
    roles: Iterable[IdentityRole], created_mounts: Iterable[tuple[str, str]]
) -> dict[str, tuple[str, ...]]:
    """What the deployer needs beside its other paths. `created_mounts`: path and method.

    It reads an AppRole's role id, which is no secret, and makes no secret id. `sys/auth/*`
    demands sudo. https://openbao.org/docs/concepts/policies/#root-protected-api-endpoints
    """
    paths: dict[str, tuple[str, ...]] = {}
    for mount, method in created_mounts:
        paths[f"sys/auth/{mount}"] = (*_OWN, "sudo")
        paths[f"sys/auth/{mount}/tune"] = (*_WRITE, "sudo")
        paths[f"sys/mounts/auth/{mount}/tune"] = _WRITE  # the provider tunes by this path
        if method == "jwt":
            paths[f"auth/{mount}/config"] = _WRITE
    for role in roles:
        paths[role.path] = _OWN
        if role.method == "approle":
            paths[f"{role.path}/role-id"] = ("read",)
    return paths


def courier_policy(roles: Sequence[IdentityRole], *, namespace: str | None = None) -> str | None:
    """HCL that lets its holder have secret ids made for these AppRoles, only wrapped, and read
    their role ids; None where there is no AppRole. `namespace` prefixes the paths.

    The wrapping is demanded by the server: with a least wrapping time a request without
    wrapping is refused. https://openbao.org/docs/concepts/policies/#required-response-wrapping-ttls
    """
    prefix = f"{namespace.strip('/')}/" if namespace else ""
    blocks = [
        block
        for role in sorted(roles, key=lambda role: role.path)
        if role.method == "approle"
        for block in (_read(f"{prefix}{role.path}/role-id"), _wrapped(f"{prefix}{role.path}/secret-id"))
    ]
    return "\n".join(blocks) or None


def _read(path: str) -> str:
    return f'path "{path}" {{\n  capabilities = ["read"]\n}}\n'


def _wrapped(path: str) -> str:
    return (
        f'path "{path}" {{\n  capabilities = ["create", "update"]\n'
        f'  min_wrapping_ttl = "{WRAP_LEAST_SECONDS}s"\n  max_wrapping_ttl = "{WRAP_MOST_SECONDS}s"\n}}\n'
    )
