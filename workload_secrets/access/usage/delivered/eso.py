"""What the External Secrets Operator does with stores, generators and ExternalSecrets.

external-secrets/external-secrets 2.9.0 (providers/v1/vault, providers/v1/aws, generators/v1/vault).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from workload_secrets.access.usage.delivered.reading import (
    AwsWay,
    Custom,
    Deliver,
    ObjectError,
    Objects,
    Reading,
    VaultWay,
    literal,
    need,
    one,
    path_of,
    text,
)

_GENERATOR: Final = "VaultDynamicSecret"


def readings(item: Custom, objects: Objects) -> Iterator[Reading]:
    """The requests of one ExternalSecret; `objects` are those it may refer to."""
    target = str(need(item.spec, "target.name", item.label))
    if item.spec.get("dataFrom"):
        yield _generated(item, objects, target)
        return
    store = _referred(item, objects, "SecretStore", str(need(item.spec, "secretStoreRef.name", item.label)))
    if item.spec["secretStoreRef"].get("kind", "SecretStore") != "SecretStore":
        raise ObjectError(f"{item.label}: a store of another kind than SecretStore")
    provider = cast("Mapping[str, Any]", need(store.spec, "provider", store.label))
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for entry in cast("list[Mapping[str, Any]]", need(item.spec, "data", item.label)):
        groups.setdefault(str(need(entry, "remoteRef.key", item.label)), []).append(entry)
    for key, entries in groups.items():
        if "vault" in provider:
            yield _vault(item, store, provider["vault"], key, entries, target)
        else:
            yield _aws(item, store, need(provider, "aws", store.label), key, entries, target)


def _vault(
    item: Custom,
    store: Custom,
    provider: Mapping[str, Any],
    key: str,
    entries: list[Mapping[str, Any]],
    target: str,
) -> Reading:
    if provider.get("version", "v2") != "v2":
        raise ObjectError(f"{store.label}: version is not v2")
    mount = str(need(provider, "path", store.label))
    return Reading(
        source=item.label,
        way=_way(store, provider),
        path=data_path(mount, key),
        target=target,
        deliver=_properties(item, entries, nested=False),
    )


def data_path(mount: str, key: str) -> str:
    """The request's path as the provider builds it: the mount is cut off where the key begins
    like it (client_get.go, buildPath)."""
    if key.startswith(f"{mount}/"):
        key = key.removeprefix(f"{mount}/").removeprefix("data/")
    return f"{mount}/data/{key}"


def _way(store: Custom, provider: Mapping[str, Any]) -> VaultWay:
    account = cast("Mapping[str, Any]", need(provider, "auth.kubernetes.serviceAccountRef", store.label))
    return VaultWay(
        namespace=store.namespace,
        account=str(need(account, "name", store.label)),
        audience=one(account.get("audiences"), "serviceAccountRef.audiences", store.label),
        address=str(need(provider, "server", store.label)),
        mount=str(need(provider, "auth.kubernetes.mountPath", store.label)),
        role=str(need(provider, "auth.kubernetes.role", store.label)),
        vault_namespace=provider.get("namespace"),
        authority=_authority(store, provider.get("caBundle")),
    )


def _authority(store: Custom, bundle: object) -> str:
    """The PEM text; empty where the operator would trust its system's authorities alone."""
    try:
        return base64.b64decode(str(bundle or ""), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        raise ObjectError(f"{store.label}: caBundle is not PEM text in base64") from None


def _aws(
    item: Custom,
    store: Custom,
    provider: Mapping[str, Any],
    key: str,
    entries: list[Mapping[str, Any]],
    target: str,
) -> Reading:
    if need(provider, "service", store.label) != "SecretsManager":
        raise ObjectError(f"{store.label}: service is not SecretsManager")
    way = AwsWay(
        namespace=store.namespace,
        account=str(need(provider, "auth.jwt.serviceAccountRef.name", store.label)),
        region=str(need(provider, "region", store.label)),
    )
    deliver = _properties(item, entries, nested=True)
    return Reading(source=item.label, way=way, path=key, target=target, deliver=deliver)


def _properties(item: Custom, entries: list[Mapping[str, Any]], *, nested: bool) -> Deliver:
    """A member of exactly that name wins over a path, with both providers."""

    def deliver(data: Mapping[str, Any]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for entry in entries:
            wanted = str(need(entry, "remoteRef.property", item.label))
            whole = wanted in data or not nested
            value = literal(data, wanted, item.label) if whole else path_of(data, wanted, item.label)
            found[str(need(entry, "secretKey", item.label))] = value
        return found

    return deliver


def _generated(item: Custom, objects: Objects, target: str) -> Reading:
    entries = cast("list[Mapping[str, Any]]", item.spec["dataFrom"])
    if len(entries) != 1:
        raise ObjectError(f"{item.label}: dataFrom has {len(entries)} entries, one is needed")
    name = str(need(entries[0], "sourceRef.generatorRef.name", item.label))
    generator = _referred(item, objects, _GENERATOR, name)
    return Reading(
        source=item.label,
        way=_way(generator, need(generator.spec, "provider", generator.label)),
        path=str(need(generator.spec, "path", generator.label)),
        method=str(generator.spec.get("method") or "GET"),
        body=generator.spec.get("parameters"),
        target=target,
        keyed=False,
        deliver=lambda data: {key: text(value) for key, value in data.items()},
    )


def _referred(item: Custom, objects: Objects, kind: str, name: str) -> Custom:
    found = objects.get((kind, name))
    if found is None:
        raise ObjectError(f"{item.label}: it refers to {kind} {name}, which the workload doesn't have")
    return found
