"""What the Vault Secrets Operator does with its objects.

hashicorp/vault-secrets-operator 1.4.1 (controllers, vault, helpers/template.go).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from workload_secrets.access.usage.delivered.reading import (
    Custom,
    Deliver,
    ObjectError,
    Objects,
    Reading,
    VaultWay,
    need,
    one,
    text,
)

SECRETS: Final = ("VaultStaticSecret", "VaultDynamicSecret", "VaultPKISecret")
_SENT_EMPTY: Final = ("ip_sans", "uri_sans", "other_sans", "user_ids", "not_after")
"""What a request for a certificate holds though the object says nothing of it: a policy that
refuses one of them refuses the operator (vaultpkisecret_types.go, GetIssuerAPIData)."""


def readings(item: Custom, objects: Objects, *, empty_dates: bool = True) -> Iterator[Reading]:
    """The one request of a secret object; `objects` are those it may refer to.

    `empty_dates` false leaves an empty `not_after` away, which Vault takes and OpenBao in its
    place refuses.
    """
    way = _way(item, objects)
    mount = str(need(item.spec, "mount", item.label))
    path, method, body = _request(item)
    if body and not empty_dates:
        body = {name: value for name, value in body.items() if name != "not_after" or value}
    yield Reading(
        source=item.label,
        way=way,
        path=f"{mount}/{path}",
        method=method,
        body=body,
        vault_namespace=item.spec.get("namespace"),
        target=str(need(item.spec, "destination.name", item.label)),
        keyed=item.kind == "VaultStaticSecret",
        deliver=_kept(item),
    )


def _request(item: Custom) -> tuple[str, str, Mapping[str, Any] | None]:
    spec = item.spec
    if item.kind == "VaultPKISecret":
        return f"issue/{need(spec, 'role', item.label)}", "PUT", _certificate(item)
    path = str(need(spec, "path", item.label))
    if item.kind == "VaultDynamicSecret":
        params = cast("Mapping[str, str] | None", spec.get("params"))
        return path, "PUT" if params else "GET", params
    if need(spec, "type", item.label) != "kv-v2":
        raise ObjectError(f"{item.label}: type is not kv-v2")
    return f"data/{path}", "GET", None


def _certificate(item: Custom) -> dict[str, Any]:
    spec = item.spec
    return {
        **dict.fromkeys(_SENT_EMPTY, ""),
        "common_name": need(spec, "commonName", item.label),
        "alt_names": ",".join(spec.get("altNames") or ()),
        "ttl": need(spec, "ttl", item.label),
        "exclude_cn_from_sans": bool(spec.get("excludeCNFromSans")),
        "remove_roots_from_chain": True,
    }


def _way(item: Custom, objects: Objects) -> VaultWay:
    auth = _referred(item, objects, "VaultAuth", need(item.spec, "vaultAuthRef", item.label))
    connection = _referred(
        auth, objects, "VaultConnection", need(auth.spec, "vaultConnectionRef", auth.label)
    )
    if connection.spec.get("skipTLSVerify"):
        raise ObjectError(f"{connection.label}: TLS is not verified")
    if need(auth.spec, "method", auth.label) != "kubernetes":
        raise ObjectError(f"{auth.label}: method is not kubernetes")
    return VaultWay(
        namespace=item.namespace,
        account=str(need(auth.spec, "kubernetes.serviceAccount", auth.label)),
        audience=one(auth.spec["kubernetes"].get("audiences"), "kubernetes.audiences", auth.label),
        address=str(need(connection.spec, "address", connection.label)),
        mount=str(need(auth.spec, "mount", auth.label)),
        role=str(need(auth.spec, "kubernetes.role", auth.label)),
        vault_namespace=auth.spec.get("namespace"),
    )


def _kept(item: Custom) -> Deliver:
    """What the filters leave; a pattern that leaves nothing is a key that isn't there."""
    destination = cast("Mapping[str, Mapping[str, list[str]]]", need(item.spec, "destination", item.label))
    includes = (destination.get("transformation") or {}).get("includes") or []
    patterns = [re.compile(pattern) for pattern in includes]

    def deliver(data: Mapping[str, Any]) -> Mapping[str, str]:
        for pattern in patterns:
            if not any(pattern.search(name) for name in data):
                raise ObjectError(f"{item.label}: no key fits {pattern.pattern}")
        kept = [name for name in data if not patterns or any(p.search(name) for p in patterns)]
        return {name: text(data[name]) for name in kept}

    return deliver


def _referred(item: Custom, objects: Objects, kind: str, name: Any) -> Custom:
    found = objects.get((kind, str(name)))
    if found is None:
        raise ObjectError(f"{item.label}: it refers to {kind} {name}, which the workload doesn't have")
    return found
