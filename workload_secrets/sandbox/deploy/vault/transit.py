"""Transit keys.

What the provider sends was read in terraform-provider-vault,
vault/resource_transit_secret_backend_key.go: the key, then its `config`. On create it misspells
`min_encryption_version`, so that setting comes with the next update.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from workload_secrets.sandbox.deploy.call import Call
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.outcome import Managed, Outcome
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider

_FIXED: Final = ("type", "derived", "convergentEncryption")
_API: Final = {
    "type": "type",
    "derived": "derived",
    "convergentEncryption": "convergent_encryption",
    "autoRotatePeriod": "auto_rotate_period",
    "deletionAllowed": "deletion_allowed",
    "exportable": "exportable",
    "allowPlaintextBackup": "allow_plaintext_backup",
    "minDecryptionVersion": "min_decryption_version",
    "minEncryptionVersion": "min_encryption_version",
}


def key(call: Call, inputs: Inputs) -> Outcome:
    """vault:transit/secretBackendKey:SecretBackendKey."""
    vault: VaultProvider = call.provider
    backend, name = inputs.text("backend").strip("/"), inputs.text("name")
    namespace = inputs.optional_text("namespace") or ""
    wanted: dict[str, Any] = {
        "type": inputs.optional_text("type", "aes256-gcm96"),
        "autoRotatePeriod": inputs.number("autoRotatePeriod", 0),
        "minDecryptionVersion": inputs.number("minDecryptionVersion", 1),
        "minEncryptionVersion": inputs.number("minEncryptionVersion", 0),
        **{name: inputs.flag(name) for name in ("derived", "convergentEncryption", "deletionAllowed")},
        **{name: inputs.flag(name) for name in ("exportable", "allowPlaintextBackup")},
    }
    inputs.finish()
    path = f"{backend}/keys/{name}"

    def read() -> Mapping[str, Any] | None:
        found = vault.read(path, namespace=namespace)
        # Below a mount of another kind there may be something else of this name.
        if found is None or "latest_version" not in found:
            return None
        state = {own: found.get(api, False) for own, api in _API.items()}
        return {**state, "latestVersion": found["latest_version"]}

    def create() -> None:
        first = {_API[own]: wanted[own] for own in (*_FIXED, "autoRotatePeriod")}
        vault.send("POST", path, first, namespace=namespace)
        _rotated(call, path, max(wanted["minDecryptionVersion"], wanted["minEncryptionVersion"]), namespace)
        if wanted["minEncryptionVersion"]:
            call.notes.not_enforced(
                f"minEncryptionVersion of transit key {path} on the first `pulumi up`: the provider "
                "misspells it when it creates a key and sets it with the next update"
            )
        configure()

    def configure() -> None:
        body = {api: wanted[own] for own, api in _API.items() if own not in _FIXED}
        vault.send("POST", f"{path}/config", body, namespace=namespace)

    def update(_: frozenset[str]) -> None:
        configure()

    def delete() -> None:
        vault.send("DELETE", path, namespace=namespace)

    managed = Managed(
        what=f"transit key {path}",
        wanted=wanted,
        read=read,
        create=create,
        update=update,
        delete=delete,
        fixed=frozenset(_FIXED),
    )
    state, found = call.settle(managed)
    outputs = {**found, **inputs.shown({name: name for name in wanted}, wanted, found)}
    return Outcome(state=state, outputs={**outputs, "id": path, "backend": backend, "name": name})


def _rotated(call: Call, path: str, version: int, namespace: str) -> None:
    """A new key has version 1 only; the server takes no minimum above its newest."""
    if version > 1:
        provider: VaultProvider = call.provider
        inside = "/".join(part for part in (provider.namespace, namespace.strip("/")) if part)
        call.ask.transit_version(path, version, inside)
        call.notes.substitution(f"transit key {path} → a new key, rotated until it has version {version}")
