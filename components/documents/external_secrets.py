"""Objects of the External Secrets Operator: stores, and what goes from them to Kubernetes Secrets.

Fields: external-secrets/external-secrets 2.9.0 (config/crds/bases, apis/externalsecrets/v1).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.documents.delivered import (
    AwsRead,
    CustomObject,
    VaultClient,
    VaultRead,
    duration,
    nested_parts,
)

API_VERSION: Final = "external-secrets.io/v1"
GENERATORS: Final = "generators.external-secrets.io/v1alpha1"


@dataclass(frozen=True, kw_only=True)
class Synced:
    """Where an ExternalSecret lies and what it makes: a Kubernetes Secret of the same name.

    `source` is the store or generator that it reads from, by name.
    """

    namespace: str
    name: str
    source: str
    refresh_seconds: int


def vault_store(namespace: str, name: str, role: str, client: VaultClient, mount: str) -> CustomObject:
    """The store of one KV mount, entered as exactly one workload."""
    provider = {**_vault(client), "path": mount, "version": "v2"}
    return _store(namespace, name, role, {"vault": provider})


def aws_store(namespace: str, name: str, role: str, *, region: str, service_account: str) -> CustomObject:
    """The store of one workload's AWS secrets: the role is the one annotated on its account,
    the audience of its token the annotated one too."""
    jwt = {"serviceAccountRef": {"name": service_account}}
    provider = {"service": "SecretsManager", "region": region, "auth": {"jwt": jwt}}
    return _store(namespace, name, role, {"aws": provider})


def vault_external_secret(synced: Synced, read: VaultRead) -> CustomObject:
    """Each key by its own name; a key that is missing stops the whole sync."""
    # With the mount before it: the provider cuts the mount off where a path begins like it. A
    # property that is literally a key of the secret wins over a path (vault/client_get.go).
    place = f"{read.mount}/{read.path}"
    refs = [{"secretKey": key, "remoteRef": {"key": place, "property": key}} for key in read.keys]
    return _external(synced, read.secret, {"secretStoreRef": _ref(synced), "data": refs})


def aws_external_secret(synced: Synced, read: AwsRead) -> CustomObject:
    """Each key by its own name, found in the nested JSON."""
    refs = [
        {"secretKey": key, "remoteRef": {"key": read.name, "property": gjson_path(key)}} for key in read.keys
    ]
    return _external(synced, read.secret, {"secretStoreRef": _ref(synced), "data": refs})


def vault_generator(namespace: str, name: str, client: VaultClient, read: VaultRead) -> CustomObject:
    """Asks Vault for a credential of its own making at each refresh."""
    spec: dict[str, Any] = {"path": read.request, "method": "GET", "provider": _vault(client)}
    spec["provider"]["version"] = "v2"
    if read.arguments:
        spec |= {"method": "POST", "parameters": read.arguments}
    return CustomObject(
        role=f"{read.secret}-generator",
        api_version=GENERATORS,
        kind="VaultDynamicSecret",
        plural="vaultdynamicsecrets",
        namespace=namespace,
        name=name,
        spec=spec,
    )


def generated_external_secret(synced: Synced, read: VaultRead) -> CustomObject:
    """Every member that the generator's answer has."""
    source = {"apiVersion": GENERATORS, "kind": "VaultDynamicSecret", "name": synced.source}
    return _external(synced, read.secret, {"dataFrom": [{"sourceRef": {"generatorRef": source}}]})


def gjson_path(key: str) -> str:
    """A dotted key as a path of gjson: a dot inside a member's name is escaped.
    https://github.com/tidwall/gjson/blob/master/SYNTAX.md"""
    return ".".join(part.replace(".", "\\.") for part in nested_parts(key))


def _vault(client: VaultClient) -> dict[str, Any]:
    account = {"name": client.service_account, "audiences": [client.audience]}
    made: dict[str, Any] = {
        "server": client.address,
        "auth": {
            "kubernetes": {
                "mountPath": client.auth_mount,
                "role": client.role,
                "serviceAccountRef": account,
            }
        },
    }
    if client.namespace:
        made["namespace"] = client.namespace
    if client.ca_pem:
        made["caBundle"] = base64.b64encode(client.ca_pem.encode()).decode()
    return made


def _ref(synced: Synced) -> dict[str, str]:
    return {"kind": "SecretStore", "name": synced.source}


def _store(namespace: str, name: str, role: str, provider: Mapping[str, Any]) -> CustomObject:
    return CustomObject(
        role=role,
        api_version=API_VERSION,
        kind="SecretStore",
        plural="secretstores",
        namespace=namespace,
        name=name,
        spec={"provider": dict(provider)},
    )


def _external(synced: Synced, secret: str, source: Mapping[str, Any]) -> CustomObject:
    """`Owner`: the Kubernetes Secret goes with the object. `Retain`: it stays as it is when the
    source is gone, and the object says so."""
    spec = {
        "refreshPolicy": "Periodic",
        "refreshInterval": duration(synced.refresh_seconds),
        "target": {"name": synced.name, "creationPolicy": "Owner", "deletionPolicy": "Retain"},
        **source,
    }
    return CustomObject(
        role=secret,
        api_version=API_VERSION,
        kind="ExternalSecret",
        plural="externalsecrets",
        namespace=synced.namespace,
        name=synced.name,
        spec=spec,
    )
