"""Secrets engines and namespaces: Mount, kv SecretBackendV2, Namespace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from workload_secrets.sandbox.deploy.call import Call
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.outcome import HandlerError, Managed, Outcome, never, whole
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider
from workload_secrets.sandbox.deploy.vault.times import seconds, written

_LEASES: Final = {"defaultLeaseTtlSeconds": "default_lease_ttl", "maxLeaseTtlSeconds": "max_lease_ttl"}
_KV_CONFIG: Final = frozenset({"max_versions", "cas_required", "delete_version_after"})
"""All that a KV mount with versions answers:
https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-kv-engine-configuration"""


def mount(call: Call, inputs: Inputs) -> Outcome:
    """vault:index/mount:Mount. Type `kv-v2` is `kv` with options version 2."""
    vault: VaultProvider = call.provider
    path = inputs.text("path").strip("/")
    namespace = inputs.optional_text("namespace") or ""
    given = inputs.text("type")
    options = _texts(inputs.mapping("options"))
    if given == "kv-v2":
        options["version"] = "2"
    wanted: dict[str, Any] = {
        "type": "kv" if given == "kv-v2" else given,
        "description": inputs.optional_text("description", "") or "",
        "options": options,
        "local": inputs.flag("local"),
        "sealWrap": inputs.flag("sealWrap"),
    }
    if inputs.original("sealWrap") is not None:
        call.notes.not_enforced("sealWrap of a mount: OpenBao keeps it and wraps nothing more with it")
    leases = {name: inputs.number(name, 0) or 0 for name in _LEASES}
    wanted.update({name: value for name, value in leases.items() if value})
    inputs.finish()

    def read() -> Mapping[str, Any] | None:
        found = vault.read(f"sys/mounts/{path}", namespace=namespace, absent="No secret engine mount")
        return None if found is None else _mount_state(found)

    def create() -> None:
        body = {
            "type": wanted["type"],
            "description": wanted["description"],
            "options": options,
            "local": wanted["local"],
            "seal_wrap": wanted["sealWrap"],
            "config": _leases(leases),
        }
        vault.send("POST", f"sys/mounts/{path}", body, namespace=namespace)

    def update(differs: frozenset[str]) -> None:
        body: dict[str, Any] = {**_leases(leases), "description": wanted["description"]}
        if "options" in differs:
            _require_no_downgrade(path, (read() or {}).get("options", {}), options)
            body["options"] = options
        vault.send("POST", f"sys/mounts/{path}/tune", body, namespace=namespace)

    def delete() -> None:
        vault.send("DELETE", f"sys/mounts/{path}", namespace=namespace)

    managed = Managed(
        what=f"mount {path}",
        wanted=wanted,
        read=read,
        create=create,
        update=update,
        delete=delete,
        fixed=frozenset({"type", "local", "sealWrap"}),
    )
    state, found = call.settle(managed)
    names = {name: name for name in found}
    shown = {**inputs.shown(names, wanted, found, reads={"options": _texts}), "id": path, "path": path}
    if given == "kv-v2" and found["type"] == "kv" and found["options"].get("version") == "2":
        shown["type"] = given  # without versions it is another kind of mount
    return Outcome(state=state, outputs=shown)


def _texts(options: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in options.items()}


def _require_no_downgrade(path: str, now: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """https://developer.hashicorp.com/vault/docs/secrets/kv/kv-v2/upgrade: there is no way back."""
    if now.get("version") == "2" and wanted.get("version") != "2":
        raise HandlerError(f"mount {path}: options.version can't go back from 2: its secrets would be lost")


def _leases(leases: Mapping[str, int]) -> dict[str, str]:
    return {_LEASES[name]: written(value) for name, value in leases.items() if value}


def _mount_state(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "accessor": found["accessor"],
        "type": found["type"],
        "description": found.get("description", ""),
        "options": dict(found.get("options") or {}),
        "local": found.get("local", False),
        "sealWrap": found.get("seal_wrap", False),
        "defaultLeaseTtlSeconds": found["config"]["default_lease_ttl"],
        "maxLeaseTtlSeconds": found["config"]["max_lease_ttl"],
    }


def kv_backend(call: Call, inputs: Inputs) -> Outcome:
    """vault:kv/secretBackendV2:SecretBackendV2, the settings of a KV v2 mount.

    The settings exist with the mount. For a deploy without state they count as not yet made as
    long as they are the server's own.
    """
    vault: VaultProvider = call.provider
    path = inputs.text("mount").strip("/")
    namespace = inputs.optional_text("namespace") or ""
    wanted: dict[str, Any] = {
        "maxVersions": inputs.number("maxVersions", 0) or 0,
        "casRequired": inputs.flag("casRequired"),
        "deleteVersionAfter": seconds(inputs.take("deleteVersionAfter", 0)),
    }
    inputs.finish()
    untouched = {"maxVersions": 0, "casRequired": False, "deleteVersionAfter": 0}

    def read() -> Mapping[str, Any] | None:
        found = vault.read(f"{path}/config", namespace=namespace)
        # Below a mount without versions there may be a secret of this name.
        if found is None or not found.keys() >= _KV_CONFIG:
            return None
        state = {
            "maxVersions": found["max_versions"],
            "casRequired": found["cas_required"],
            "deleteVersionAfter": seconds(found["delete_version_after"]),
        }
        unmade = call.operation == "apply" and state == untouched and wanted != untouched
        return None if unmade else state

    def put() -> None:
        body = {
            "max_versions": wanted["maxVersions"],
            "cas_required": wanted["casRequired"],
            "delete_version_after": written(wanted["deleteVersionAfter"]),
        }
        vault.send("POST", f"{path}/config", body, namespace=namespace)

    managed = whole(f"settings of KV mount {path}", wanted, read, put, None)
    state, found = call.settle(managed)
    names = {name: name for name in wanted}
    outputs = inputs.shown(names, wanted, found, reads={"deleteVersionAfter": seconds})
    return Outcome(state=state, outputs={**outputs, "id": f"{path}/config", "mount": path})


def vault_namespace(call: Call, inputs: Inputs) -> Outcome:
    """vault:index/namespace:Namespace."""
    vault: VaultProvider = call.provider
    parent = inputs.optional_text("namespace") or ""
    path = inputs.text("path").strip("/")
    wanted = {"customMetadata": inputs.mapping("customMetadata")}
    inputs.finish()

    def read() -> Mapping[str, Any] | None:
        found = vault.read(f"sys/namespaces/{path}", namespace=parent)
        if found is None:
            return None
        return {"customMetadata": dict(found.get("custom_metadata") or {}), "namespaceId": found["id"]}

    def create() -> None:
        body = {"custom_metadata": wanted["customMetadata"]}
        vault.send("POST", f"sys/namespaces/{path}", body, namespace=parent)

    def delete() -> None:
        vault.send("DELETE", f"sys/namespaces/{path}", namespace=parent)

    what = f"namespace {path}"
    managed = Managed(what=what, wanted=wanted, read=read, create=create, update=never(what), delete=delete)
    state, found = call.settle(managed)
    full = "/".join(part for part in (vault.namespace, parent.strip("/"), path) if part)
    outputs = {**found, **inputs.shown({"customMetadata": "customMetadata"}, wanted, found)}
    outputs |= {"id": f"{full}/", "path": path, "pathFq": path}
    return Outcome(state=state, outputs=outputs)
