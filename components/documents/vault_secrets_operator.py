"""Objects of the Vault Secrets Operator: connection, login, and what it syncs.

Fields: hashicorp/vault-secrets-operator 1.4.1 (config/crd/bases, api/v1beta1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.documents.delivered import TOKEN_SECONDS, CustomObject, VaultClient, VaultRead

API_VERSION: Final = "secrets.hashicorp.com/v1beta1"
RENEWAL_PERCENT: Final = 67
"""The operator's own: a lease is renewed after two thirds of its life."""
EXPIRY_SHARE: Final = 3
"""A certificate is renewed when this part of its life is left: one third."""


@dataclass(frozen=True, kw_only=True)
class Restart:
    """What is restarted by a rollout when a value changed."""

    kind: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Synced:
    """Where an object lies and what it makes: a Kubernetes Secret of the same name.

    `auth` is the VaultAuth, `vault_namespace` where the secret is.
    """

    namespace: str
    name: str
    auth: str
    refresh_seconds: int
    restart: tuple[Restart, ...] = ()
    vault_namespace: str | None = None


def connection(
    namespace: str, name: str, client: VaultClient, *, ca_path: str | None, ca_secret: str | None
) -> CustomObject:
    """Where Vault is. TLS is always verified."""
    spec: dict[str, Any] = {"address": client.address, "skipTLSVerify": False}
    if ca_path:
        spec["caCertPath"] = ca_path
    elif ca_secret:
        spec["caCertSecretRef"] = ca_secret
    return _object("connection", "VaultConnection", namespace, name, spec)


def auth(namespace: str, name: str, client: VaultClient) -> CustomObject:
    """The login as exactly one workload, with a short token for exactly one audience.

    It has no `allowedNamespaces`: only objects of its own namespace may use it.
    """
    login = {
        "role": client.role,
        "serviceAccount": client.service_account,
        "audiences": [client.audience],
        "tokenExpirationSeconds": TOKEN_SECONDS,
    }
    spec: dict[str, Any] = {
        "vaultConnectionRef": name,
        "method": "kubernetes",
        "mount": client.auth_mount,
        "kubernetes": login,
    }
    if client.namespace:
        spec["namespace"] = client.namespace
    return _object("auth", "VaultAuth", namespace, name, spec)


def static_secret(synced: Synced, read: VaultRead) -> CustomObject:
    """A KV v2 secret; the path is without data/."""
    spec = {
        **_common(synced, read),
        "type": "kv-v2",
        "path": read.path,
        "refreshAfter": f"{synced.refresh_seconds}s",
        "hmacSecretData": True,
        "destination": _destination(synced, "Opaque", read.keys),
    }
    return _object(read.secret, "VaultStaticSecret", synced.namespace, synced.name, spec)


def dynamic_secret(synced: Synced, read: VaultRead) -> CustomObject:
    """A database credential. The lease is renewed; it ends with the login's token at the latest.

    `revoke` is false: it needs the right to revoke any lease (sys/leases/revoke), which no
    workload gets.
    """
    spec = {
        **_common(synced, read),
        "path": read.below_mount,
        "destination": _destination(synced, "Opaque", read.keys),
    }
    if read.static:  # rotated by the server: there is no lease
        spec["allowStaticCreds"] = True
        spec["refreshAfter"] = f"{synced.refresh_seconds}s"
    else:
        spec |= {"renewalPercent": RENEWAL_PERCENT, "revoke": False}
    return _object(read.secret, "VaultDynamicSecret", synced.namespace, synced.name, spec)


def pki_secret(synced: Synced, read: VaultRead) -> CustomObject:
    """A certificate and its key as a `kubernetes.io/tls` Secret: the operator makes `tls.crt` and
    `tls.key` of what Vault answers. The old one isn't revoked at renewal: pods still use it."""
    spec = {
        **_common(synced, read),
        "role": read.path,
        "commonName": read.common_name,
        **({"altNames": list(read.alt_names)} if read.alt_names else {}),
        "ttl": f"{read.ttl_seconds}s",
        "expiryOffset": f"{max(read.ttl_seconds // EXPIRY_SHARE, 1)}s",
        "revoke": False,
        "clear": True,
        "destination": _destination(synced, "kubernetes.io/tls", ()),
    }
    return _object(read.secret, "VaultPKISecret", synced.namespace, synced.name, spec)


def certificate(synced: Synced, read: VaultRead) -> CustomObject:
    """A certificate by a plain request: VaultPKISecret sends an empty `not_after`, which OpenBao
    refuses. The Secret has the answer's own keys; a new certificate comes when a third of the
    old one's life is left, since there is no lease to go by."""
    spec = {
        **_common(synced, read),
        "path": read.below_mount,
        "params": read.arguments,
        "refreshAfter": f"{read.ttl_seconds - read.ttl_seconds // EXPIRY_SHARE}s",
        "destination": _destination(synced, "Opaque", read.keys),
    }
    return _object(read.secret, "VaultDynamicSecret", synced.namespace, synced.name, spec)


def _common(synced: Synced, read: VaultRead) -> dict[str, Any]:
    made: dict[str, Any] = {"vaultAuthRef": synced.auth, "mount": read.mount}
    if synced.vault_namespace:
        made["namespace"] = synced.vault_namespace
    if synced.restart:
        made["rolloutRestartTargets"] = [{"kind": r.kind, "name": r.name} for r in synced.restart]
    return made


def _destination(synced: Synced, type_: str, keys: Sequence[str]) -> dict[str, Any]:
    """`excludeRaw`: without it the whole answer stands in the Secret a second time. `overwrite`
    false: a Secret that somebody else made is never taken over."""
    transformation: dict[str, Any] = {"excludeRaw": True}
    if keys:
        transformation["includes"] = [f"^{re.escape(key)}$" for key in keys]
    return {
        "name": synced.name,
        "create": True,
        "overwrite": False,
        "type": type_,
        "transformation": transformation,
    }


_PLURALS: Final[Mapping[str, str]] = {
    "VaultAuth": "vaultauths",
    "VaultConnection": "vaultconnections",
    "VaultDynamicSecret": "vaultdynamicsecrets",
    "VaultPKISecret": "vaultpkisecrets",
    "VaultStaticSecret": "vaultstaticsecrets",
}


def _object(role: str, kind: str, namespace: str, name: str, spec: Mapping[str, Any]) -> CustomObject:
    return CustomObject(
        role=role,
        api_version=API_VERSION,
        kind=kind,
        plural=_PLURALS[kind],
        namespace=namespace,
        name=name,
        spec=spec,
    )
