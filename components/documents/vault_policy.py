"""Vault and OpenBao ACL policies: the exact `data/` path of each granted secret.

The API path of a KV v2 secret has `data/` after the mount, and the versions' history lies
under `metadata/`. A policy without `data/` grants nothing; a glob or `+` would grant
neighbours too. https://openbao.org/docs/concepts/policies/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

READ = ("read",)
WRITE = ("create", "read", "update")


@dataclass(frozen=True, kw_only=True)
class VaultGrant:
    """One right on one KV v2 secret. `path` is the secret's path without `data/`."""

    mount: str
    path: str
    write: bool = False


def kv_policy(grants: Sequence[VaultGrant], *, namespace: str | None = None) -> str:
    """HCL that grants exactly these secrets, sorted by path.

    A writer reads too, since setting a key merges it into the others, and reads the
    metadata for the version it replaces. `namespace` prefixes the paths, for a policy that
    lies in a parent namespace; a policy in the secret's own namespace needs none.
    """
    paths: dict[str, set[str]] = {}
    for grant in grants:
        data = _path(namespace, f"{grant.mount}/data/{grant.path}")
        paths.setdefault(data, set()).update(WRITE if grant.write else READ)
        if grant.write:
            paths.setdefault(_path(namespace, f"{grant.mount}/metadata/{grant.path}"), set()).update(READ)
    return policy_hcl(paths)


def policy_hcl(paths: Mapping[str, Iterable[str]]) -> str:
    """HCL of paths and their capabilities, both sorted. An empty policy is a comment."""
    blocks = [_block(path, capabilities) for path, capabilities in sorted(paths.items())]
    return "\n".join(blocks) or "# grants nothing\n"


def _block(path: str, capabilities: Iterable[str]) -> str:
    if '"' in path or "\\" in path or "\n" in path:
        raise ValueError(f"a Vault path can't hold quotes, backslashes or line ends: {path!r}")
    listed = ", ".join(f'"{capability}"' for capability in sorted(set(capabilities)))
    return f'path "{path}" {{\n  capabilities = [{listed}]\n}}\n'


def _path(namespace: str | None, path: str) -> str:
    return f"{namespace.strip('/')}/{path}" if namespace else path
