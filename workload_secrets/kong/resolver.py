"""Resolves references as a Kong gateway does: its login, its token, its request.

Follows kong/vaults/hcv/init.lua of Kong/kong (revision b8ad38542056, Gateway 3.4) for the request,
kong/pdk/vault.lua for what Kong makes of the answer, and app/_gateway_entities/vault.md and
app/gateway/vault/hashicorp.md of Kong/developer.konghq.com for fields that came later
(base64_decode 3.11). Kong itself is not run, and its cache (ttl, neg_ttl, resurrect_ttl) is left
out: every call asks Vault. What drives it are the entity's fields in Kong's spelling and nothing
else, so a field that is wrong fails here as it fails there.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from workload_secrets.keys.vault_http import Answer, VaultHttp
from workload_secrets.keys.vault_store import kv_version
from workload_secrets.kong.entity import Entity
from workload_secrets.kong.logins import Brought, Caller, log_in
from workload_secrets.kong.reference import Reference
from workload_secrets.kong.unresolved import Unresolved, elsewhere, said
from workload_secrets.outside import SECRETS, OutsideText, listed

ROOT: Final = "root"
"""The namespace that Kong names at a login where the entity has none."""
_DENIED: Final = 403
_ABSENT: Final = 404
_GOOD: Final = range(200, 300)


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """`version` is the KV version that it came from, None at a KV mount of version 1."""

    value: str = field(repr=False)
    version: int | None


class Gateway:
    """One vault of a gateway. `fields` are its entity's `config`; `ca_file` verifies the server,
    and None trusts the system's authorities. `seen_from` is the address that a server which
    believes X-Forwarded-For sees. Raises InputError for an entity that speaks plain http."""

    def __init__(
        self,
        fields: Mapping[str, Any],
        brought: Brought,
        ca_file: str | None,
        *,
        seen_from: str | None = None,
    ) -> None:
        self.entity = Entity(fields)
        self._brought = brought
        http = VaultHttp(self.entity.address, ca_file)
        self._http = http.from_address(seen_from) if seen_from else http

    def log_in(self) -> Session:
        """Raises Unresolved at credential, unwrap or login; ServerError where Vault is away."""
        namespace = self.entity.text("namespace") or ROOT
        http = self._http.as_token("", namespace)
        token = log_in(Caller(self.entity, self._brought, http))
        return Session(self.entity, self._http.as_token(token))


class Session:
    """A gateway that is logged in. `http` holds its token, and no namespace."""

    def __init__(self, entity: Entity, http: VaultHttp) -> None:
        self._entity = entity
        self.http = http

    def resolve(self, reference: Reference) -> Resolved:
        """Raises Unresolved at read or value; InputError for an option that can't be followed."""
        entity = self._entity.with_options(reference.options)
        http = self.http.as_token(self.http.token, entity.text("namespace") or None)
        mount = entity.path("mount")
        second = entity.text("kv") == "v2"
        answer = http.call("GET", _request(mount, reference, second=second))
        if answer.status not in _GOOD:
            raise _unread(http, answer, mount, reference, second=second)
        data = _data(answer, mount, second=second)
        version = _version(answer) if second else None
        value = _value(entity, data, reference)
        SECRETS.learn(value)
        return Resolved(value=value, version=version)


def _request(mount: str, reference: Reference, *, second: bool) -> str:
    """A KV mount of version 1 knows no versions, and Kong then asks for none."""
    if not second:
        return f"{mount}/{reference.path}"
    pinned = f"?version={reference.version}" if reference.version is not None else ""
    return f"{mount}/data/{reference.path}{pinned}"


def _unread(http: VaultHttp, answer: Answer, mount: str, reference: Reference, *, second: bool) -> Unresolved:
    path = reference.path
    what = f"{mount}/data/{path}" if second else f"{mount}/{path}"
    if (remedy := elsewhere(answer)) is not None:
        return Unresolved("read", f"{what}: {said(answer)}", remedy, status=answer.status)
    version = kv_version(http, mount)
    if version is not None and version != ("2" if second else "1"):
        why, remedy = _other_kv(version, mount, second=second)
        return Unresolved("read", f"{what}: {said(answer)}; {why}", remedy, status=answer.status)
    if answer.status == _DENIED:
        return Unresolved("read", f"{what}: {said(answer)}", _policy(http, mount, path), status=_DENIED)
    if answer.status == _ABSENT:
        why, remedy = _gone(answer, reference)
        return Unresolved("read", f"{what}: {why}", remedy, status=_ABSENT)
    return Unresolved("read", f"{what}: {said(answer)}", "see Vault's log", status=answer.status)


def _other_kv(version: str, mount: str, *, second: bool) -> tuple[str, str]:
    said_ = "v2" if second else "v1"
    why = f"the entity says kv {said_} and {mount} is a KV mount of version {OutsideText(version)}"
    if version == "1":
        return why, f"its owner upgrades it by `vault kv enable-versioning {mount}`"
    return why, "set kv v2, which isn't Kong's default"


def _policy(http: VaultHttp, mount: str, path: str) -> str:
    """Asks what the token may do, which changes nothing."""
    plain, data = f"{mount}/{path}", f"{mount}/data/{path}"
    answer = http.call("POST", "sys/capabilities-self", {"paths": [plain, data]})
    found = cast("dict[str, Any]", answer.data.get("data") or {})
    if "read" in (found.get(plain) or ()) and "read" not in (found.get(data) or ()):
        return f"its policy reads {plain}, which is no path of KV version 2; it needs read on {data}"
    return f"the login is good and its policy lacks read on {data}; declare the reference for this vault"


def _gone(answer: Answer, reference: Reference) -> tuple[str, str]:
    """KV version 2 answers 404 with the metadata of a version that was there.
    https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-secret-version"""
    found = cast("dict[str, Any]", answer.data.get("data") or {})
    metadata = cast("dict[str, Any]", found.get("metadata") or {})
    version = OutsideText(metadata.get("version"))
    if metadata.get("destroyed") is True:
        return f"version {version} is destroyed", "write a new value, and pin no version that is gone"
    if metadata.get("deletion_time"):
        return f"version {version} is deleted", "have it undeleted, or write a new value"
    if reference.version is not None:
        return f"there is no version {reference.version}", "pin one that is kept, or none"
    return "nothing is stored there", "write its first value, or correct the path"


def _data(answer: Answer, mount: str, *, second: bool) -> Mapping[str, Any]:
    found: object = answer.data.get("data")
    if second and isinstance(found, dict):
        inner = cast("dict[str, Any]", found)
        if not isinstance(inner.get("data"), dict):
            raise Unresolved(
                "value",
                f"{mount} answers as a KV mount of version 1, and the entity says kv v2",
                f"its owner upgrades it by `vault kv enable-versioning {mount}`",
            )
        found = cast("object", inner["data"])
    if not isinstance(found, dict):
        raise Unresolved("value", f"{mount} answers with no data", "name a KV mount")
    return cast("dict[str, Any]", found)


def _version(answer: Answer) -> int | None:
    found: object = cast("dict[str, Any]", answer.fields("data").get("metadata") or {}).get("version")
    return found if isinstance(found, int) else None


def _value(entity: Entity, data: Mapping[str, Any], reference: Reference) -> str:
    if reference.key is None:
        return json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    value = data.get(reference.key)
    if value is None:
        known = listed(sorted(data)) or "none"
        raise Unresolved(
            "value",
            f"the secret has no key {reference.key}; it has {known}",
            "the last segment of a reference is the key; correct it, or set the key",
        )
    if not isinstance(value, str):
        kind = type(value).__name__
        raise Unresolved("value", f"key {reference.key} is no string ({kind})", "Kong takes strings only")
    return _decoded(value, reference.key) if entity.flag("base64_decode") else value


def _decoded(value: str, key: str) -> str:
    """What isn't text afterwards stays as bytes do in Kong: one character each."""
    try:
        raw = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise Unresolved(
            "value",
            f"key {key} is not base64, and the entity says base64_decode",
            "store base64, or have a vault of its own for such secrets",
        ) from None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
