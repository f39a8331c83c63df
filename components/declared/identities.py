"""Identities that are no pods, as the declaration carries them."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from components import identities
from components.config.identity import (
    ApproleIdentity,
    CertIdentity,
    JwtIdentity,
    OutsideIdentity,
    TokenIdentity,
)
from components.config.stack import StackConfig


def declared(config: StackConfig, identity: OutsideIdentity | None, root: Path | None) -> dict[str, Any]:
    """The declaration's key `identity`; nothing for a pod. `root` is what files are relative
    to; without it authorities have no fingerprint."""
    return {} if identity is None else {"identity": _facts(config, identity, root)}


def prerequisites(config: StackConfig) -> Iterator[dict[str, str]]:
    """The auth mounts that others make."""
    for path, identity in identities.mounts(config).items():
        if identities.manage(config, path) == "existing":
            issuer = {"url": identity.issuer} if isinstance(identity, JwtIdentity) else {}
            yield {"kind": "authMount", "name": path, "type": identity.method, **issuer}


def _facts(config: StackConfig, identity: OutsideIdentity, root: Path | None) -> dict[str, Any]:
    if isinstance(identity, JwtIdentity):
        claims = {"issuer": identity.issuer, "subject": identity.subject, "audience": identity.audience}
        return {"method": "jwt", **claims}
    if isinstance(identity, ApproleIdentity):
        return {
            "method": "approle",
            "boundCidrs": list(identity.bound_cidrs),
            "tokenBoundCidrs": list(identity.token_cidrs),
            "secretIdTtlSeconds": identity.secret_id_ttl_seconds,
            "secretIdUses": identity.secret_id_uses,
        }
    if isinstance(identity, TokenIdentity):
        return {
            "method": "token",
            "lifeSeconds": identity.life_seconds,
            "boundCidrs": list(identity.bound_cidrs or ()),
        }
    return {
        "method": "cert",
        **_authority(config, identity, root),
        "commonName": identity.common_name,
        "dnsSans": list(identity.dns_sans),
    }


def _authority(config: StackConfig, identity: CertIdentity, root: Path | None) -> dict[str, str]:
    """The CA of a PKI mount is named by its path: its certificate is made by the deploy."""
    if identity.pki_mount:
        return {"authority": "", "pkiMount": config.shared.pki_mounts[identity.pki_mount].mount}
    file = root / identity.ca_file if root and identity.ca_file else None
    return {"authority": _fingerprint(file.read_text("ascii")) if file else ""}


def _fingerprint(pem: str) -> str:
    """SHA-256 of the certificate in hex. `checks.files` has seen that there is exactly one."""
    start, end = pem.index("-----BEGIN CERTIFICATE"), pem.index("-----END CERTIFICATE-----")
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem[start:end] + "-----END CERTIFICATE-----")).hexdigest()
