"""Secrets engines and namespaces: Mount, kv SecretBackendV2, Namespace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workload_secrets.sandbox.deploy.call import Call
from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.outcome import Managed, Outcome, never, whole
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider
from workload_secrets.sandbox.deploy.vault.times import seconds, written


def mount(call: Call, inputs: Inputs) -> Outcome:
    """vault:index/mount:Mount. Type `kv-v2` is `kv` with options version 2."""
    vault: VaultProvider = call.provider
    path = inputs.text("path").strip("/")
    namespace = inputs.optional_text("namespace") or ""
    given = inputs.text("type")
    options = {name: str(value) for name, value in inputs.mapping("options").items()}
    if given == "kv-v2":
        options["version"] = "2"
    wanted: dict[str, Any] = {
        "type": "kv" if given == "kv-v2" else given,
        "description": inputs.optional_text("description", "") or "",
        "options": options,
        "local": inputs.flag("local"),
        "sealWrap": inputs.flag("sealWrap"),
    }
    leases = {name: inputs.number(name, 0) or 0 for name in ("defaultLeaseTtlSeconds", "maxLeaseTtlSeconds")}
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
    kind = given if found["type"] == wanted["type"] else found["type"]
    outputs = {**found, "id": path, "path": path, "type": kind}
    return Outcome(state=state, outputs=outputs)


def _leases(leases: Mapping[str, int]) -> dict[str, str]:
    names = {"defaultLeaseTtlSeconds": "default_lease_ttl", "maxLeaseTtlSeconds": "max_lease_ttl"}
    return {names[name]: f"{value}s" for name, value in leases.items() if value}


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
        if found is None:
            return None
        state = {
            "maxVersions": found.get("max_versions", 0),
            "casRequired": found.get("cas_required", False),
            "deleteVersionAfter": seconds(found.get("delete_version_after", 0)),
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
    return Outcome(state=state, outputs={**found, "id": f"{path}/config", "mount": path})


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
    outputs = {**found, "id": f"{full}/", "path": path, "pathFq": path}
    return Outcome(state=state, outputs=outputs)
