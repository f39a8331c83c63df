"""Rights on the auth mounts of those that are no pods: the deployer's, and the courier's.

The courier is whoever hands a machine its secret id, or a gateway its token. The deployer isn't:
it configures the role and can never log in by it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from components.documents.deployer_vault import auth_mount_paths

_WRITE: Final = ("create", "read", "update")
_OWN: Final = (*_WRITE, "delete")
_MADE: Final = ("create", "update")
WRAP_LEAST_SECONDS: Final = 1
WRAP_MOST_SECONDS: Final = 600
"""How long what is wrapped may wait to be unwrapped."""
_SHORTER: Final = '  allowed_parameters = {\n    "ttl" = []\n  }\n'
_FOLDERS: Final = {"jwt": "role", "approle": "role", "cert": "certs", "token": "roles"}


@dataclass(frozen=True, kw_only=True)
class IdentityRole:
    """One role on the auth mount `mount`."""

    mount: str
    method: Literal["jwt", "approle", "cert", "token"]
    name: str

    @property
    def path(self) -> str:
        """Its API path. Certificate roles lie under `certs`, those of tokens under `roles`."""
        return f"auth/{self.mount}/{_FOLDERS[self.method]}/{self.name}"

    @property
    def maker(self) -> str:
        """The API path that makes a token of the role; belongs to `token`."""
        return f"auth/{self.mount}/create/{self.name}"


def deployer_paths(
    roles: Iterable[IdentityRole], created_mounts: Iterable[tuple[str, str]]
) -> dict[str, tuple[str, ...]]:
    """What the deployer needs beside its other paths. `created_mounts`: path and method.

    It reads an AppRole's role id, which is no secret, and makes no secret id.
    """
    paths: dict[str, tuple[str, ...]] = {}
    for mount, method in created_mounts:
        paths |= auth_mount_paths(mount)
        if method == "jwt":
            paths[f"auth/{mount}/config"] = _WRITE
    for role in roles:
        paths[role.path] = _OWN
        if role.method == "approle":
            paths[f"{role.path}/role-id"] = ("read",)
    return paths


def courier_policy(roles: Sequence[IdentityRole], *, namespace: str | None = None) -> str | None:
    """HCL that lets its holder have secret ids made for these AppRoles, only wrapped, and read
    their role ids, and have tokens made of these token roles, only wrapped and with no wish but
    for a shorter life; None where there is neither. `namespace` prefixes the paths.

    Without a list of parameters its holder could ask for a token of any policy that a role
    allows. The wrapping is demanded by the server: with a least wrapping time a request without
    wrapping is refused. https://openbao.org/docs/concepts/policies/#required-response-wrapping-ttls
    """
    prefix = f"{namespace.strip('/')}/" if namespace else ""
    blocks = [block for role in sorted(roles, key=lambda role: role.path) for block in _blocks(prefix, role)]
    return "\n".join(blocks) or None


def _blocks(prefix: str, role: IdentityRole) -> tuple[str, ...]:
    if role.method == "approle":
        return _read(f"{prefix}{role.path}/role-id"), _wrapped(f"{prefix}{role.path}/secret-id")
    if role.method == "token":
        # Whoever is of the namespace above needs sudo to make a token of this one.
        rights = (*_MADE, "sudo") if prefix else _MADE
        return (_wrapped(f"{prefix}{role.maker}", _SHORTER, rights),)
    return ()


def _read(path: str) -> str:
    return f'path "{path}" {{\n  capabilities = ["read"]\n}}\n'


def _wrapped(path: str, further: str = "", rights: Sequence[str] = _MADE) -> str:
    return (
        f'path "{path}" {{\n  capabilities = {json.dumps(rights)}\n'
        f'  min_wrapping_ttl = "{WRAP_LEAST_SECONDS}s"\n  max_wrapping_ttl = "{WRAP_MOST_SECONDS}s"\n'
        f"{further}}}\n"
    )
