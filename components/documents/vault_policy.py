"""Vault and OpenBao ACL policies: the exact API path of each granted right.

The API path of a KV v2 secret has `data/` after the mount, and the versions' history lies
under `metadata/`. A policy without `data/` grants nothing; a glob or `+` would grant
neighbours too. https://openbao.org/docs/concepts/policies/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["vault", "database", "pki", "transit"]
Verb = Literal["read", "write", "issue", "encrypt", "decrypt", "rewrap"]
_READ: Final = ("read",)
_POST: Final = ("update",)
_CAPABILITIES: Final[Mapping[str, tuple[str, ...]]] = {"read": _READ, "write": ("create", "read", "update")}
"""What a verb needs on its path. All others are a POST."""
DATES: Final = ("not_after", "not_before")
"""A request for a certificate may bring these, and no TTL of its role limits them: without the
limit here a workload could have one for as long as the CA lives. Tried with OpenBao 2.7.2, where
a role's own `not_after_bound` is `permit` and no provider sets it. Empty they do no harm, and the
Vault Secrets Operator always sends `not_after` (api/v1beta1/vaultpkisecret_types.go).
https://openbao.org/docs/concepts/policies/#parameter-constraints"""


@dataclass(frozen=True, kw_only=True)
class VaultGrant:
    """One right on one secret in Vault.

    `path` is a KV v2 secret's path without `data/`, or the name of a database role, a PKI
    role or a transit key. `static`: a database role whose user stays the same. `versions`: the
    list of a KV v2 secret's versions may be read too.
    """

    mount: str
    path: str
    kind: Kind = "vault"
    verb: Verb = "read"
    static: bool = False
    versions: bool = False


def vault_policy(grants: Sequence[VaultGrant], *, namespace: str | None = None) -> str:
    """HCL that grants exactly these rights, sorted by path.

    A writer reads too, since setting a key merges it into the others, and reads the
    metadata for the version it replaces. `namespace` prefixes the paths, for a policy that
    lies in a parent namespace; a policy in the secret's own namespace needs none.
    """
    paths: dict[str, set[str]] = {}
    empty: dict[str, tuple[str, ...]] = {}
    for grant in grants:
        for path, capabilities in _rights(grant).items():
            paths.setdefault(_path(namespace, path), set()).update(capabilities)
            if grant.kind == "pki":
                empty[_path(namespace, path)] = DATES
    return policy_hcl(paths, empty)


def api_path(grant: VaultGrant) -> str:
    """The path, without `/v1/`, that a client calls to use a grant. Raises ValueError for a verb
    that the kind doesn't have. https://openbao.org/api-docs/secret/ has a page for each engine."""
    mount, path = grant.mount, grant.path
    match grant.kind, grant.verb:
        case "vault", "read" | "write":
            return f"{mount}/data/{path}"
        case "database", "read":
            return f"{mount}/{'static-creds' if grant.static else 'creds'}/{path}"
        case ("pki", "issue") | ("transit", "encrypt" | "decrypt" | "rewrap"):
            return f"{mount}/{grant.verb}/{path}"
        case _:
            raise ValueError(f"{grant.kind} has no verb {grant.verb}")


def _rights(grant: VaultGrant) -> dict[str, tuple[str, ...]]:
    rights: dict[str, tuple[str, ...]] = {api_path(grant): _CAPABILITIES.get(grant.verb, _POST)}
    if grant.kind == "vault" and (grant.versions or grant.verb == "write"):
        rights[f"{grant.mount}/metadata/{grant.path}"] = _READ
    return rights


def policy_hcl(paths: Mapping[str, Iterable[str]], empty: Mapping[str, Iterable[str]] | None = None) -> str:
    """HCL of paths and their capabilities, both sorted; `empty` are parameters that a request on
    a path may leave out or bring empty alone. An empty policy is a comment."""
    limits = empty or {}
    blocks = [
        _block(path, capabilities, limits.get(path, ())) for path, capabilities in sorted(paths.items())
    ]
    return "\n".join(blocks) or "# grants nothing\n"


def _block(path: str, capabilities: Iterable[str], empty: Iterable[str]) -> str:
    if '"' in path or "\\" in path or "\n" in path:
        raise ValueError(f"a Vault path can't hold quotes, backslashes or line ends: {path!r}")
    listed = ", ".join(f'"{capability}"' for capability in sorted(set(capabilities)))
    names = "".join(f'    "{name}" = [""]\n' for name in sorted(set(empty)))
    limit = f'  allowed_parameters = {{\n    "*" = []\n{names}  }}\n' if names else ""
    return f'path "{path}" {{\n  capabilities = [{listed}]\n{limit}}}\n'


def _path(namespace: str | None, path: str) -> str:
    return f"{namespace.strip('/')}/{path}" if namespace else path
