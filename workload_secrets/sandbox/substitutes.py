"""What stands in for what a sandbox can't have: the sentences, for every way to deploy into one, and the
changes to the configuration of a stack that the Pulumi CLI deploys.

`rehearse` puts the same things in place of the declared ones while it deploys.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from workload_secrets.declaration import Declaration
from workload_secrets.sandbox.handle import Sandbox
from workload_secrets.sandbox.identities import Identities

_KEY_FILES: Final = "publicKeyFiles"
_TOKEN_ENDPOINT: Final = "oauth2_token_endpoint"  # noqa: S105 a field of Kong's
_LOGINS: Final = ("workloads", "writers", "gateways")


def cluster_keys(way: str) -> str:
    """`way`: how the stack declares where the keys of the cluster come from."""
    return f"{way} → the sandbox cluster's public keys"


def issuer_key(way: str) -> str:
    """`way`: how the stack declares where the keys of an issuer of jobs come from."""
    return f"{way} → a key that the sandbox signs with as this issuer"


def audit_device(path: str, kind: str) -> str:
    """A device that OpenBao takes by its text alone, and whose place is on the declared server's machine."""
    return f"audit device {path} of type {kind}: not made; the server here has a log of its own"


def keys_way(issuer: str, *, files: bool) -> str:
    """How the keys of an issuer are declared: as files, or by its discovery."""
    return f"{_KEY_FILES} of {issuer}" if files else f"discovery of {issuer}"


def product(sandbox: Sandbox, stack: str, declaration: Declaration) -> str | None:
    """What runs in the place of a declared Vault, or None where it is that product."""
    facts = declaration.facts.vault
    if facts is None or facts.product != "vault" or sandbox.has_own_vault(stack):
        return None
    return f"product vault {facts.version} → OpenBao"


def of_declaration(sandbox: Sandbox, stack: str, declaration: Declaration) -> tuple[str, ...]:
    """A sentence for each thing that no server of a sandbox can be, whatever is deployed."""
    said: list[str] = []
    if line := product(sandbox, stack, declaration):
        said.append(line)
    if gateways := ", ".join(f"{name} {of.version}" for name, of in sorted(declaration.gateways.items())):
        said.append(f"Kong Gateway itself ({gateways}) → a resolver that does as its vault does")
    said += [
        f"token endpoint {vault.config[_TOKEN_ENDPOINT]} → a token that the sandbox signs as its issuer"
        for gateway in declaration.gateways.values()
        for vault in gateway.vaults.values()
        if _TOKEN_ENDPOINT in vault.config
    ]
    return tuple(dict.fromkeys(said))


def configuration(
    sandbox: Sandbox, stack: str, declaration: Declaration, config: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The keys of a stack's configuration that differ in a sandbox, with their new values, and a
    sentence for each difference. `config`: the merged configuration by key without the project's name.
    """
    made: dict[str, Any] = {
        key: json.loads(json.dumps(config[key])) for key in ("facts", *_LOGINS, "shared") if config.get(key)
    }
    said = [
        *_cluster(sandbox, stack, declaration, made.get("facts", {})),
        *_issuers(sandbox, [made[key] for key in _LOGINS if key in made]),
        *_audit(declaration, made.get("shared", {})),
    ]
    changed = {key: value for key, value in made.items() if value != config[key]}
    return changed, tuple(dict.fromkeys(said))


def _cluster(sandbox: Sandbox, stack: str, declaration: Declaration, facts: dict[str, Any]) -> Iterator[str]:
    vault: dict[str, Any] = facts.get("vault") or {}
    if vault.get("reviewer") == "jwt":
        way = keys_way(declaration.facts.cluster.oidc_issuer, files=bool(vault.get(_KEY_FILES)))
        cluster = sandbox.clusters[sandbox.stacks[stack].cluster]
        vault[_KEY_FILES] = [str(cluster.public_key_file)]
        yield cluster_keys(way)


def _issuers(sandbox: Sandbox, parts: list[Any]) -> Iterator[str]:
    """Every login by a token of another issuer, wherever it is declared."""
    keys, todo = Identities(sandbox.folder), parts
    while todo:
        item = todo.pop()
        if isinstance(item, list):
            todo.extend(cast("list[Any]", item))
        if not isinstance(item, dict):
            continue
        found = cast("dict[str, Any]", item)
        if found.get("method") == "jwt" and isinstance(found.get("issuer"), str):
            yield issuer_key(keys_way(found["issuer"], files=bool(found.get(_KEY_FILES))))
            found[_KEY_FILES] = [str(keys.issuer(found["issuer"]).public_key_file)]
        todo.extend(found.values())


def _audit(declaration: Declaration, shared: dict[str, Any]) -> Iterator[str]:
    vault, audit = declaration.facts.vault, shared.get("audit")
    if vault is None or vault.product != "vault" or not audit or audit.get("manage") == "existing":
        return
    for name, device in audit.get("devices", {}).items():
        yield audit_device(name, str(device.get("type", "")))
    shared["audit"] = {**audit, "manage": "existing"}
