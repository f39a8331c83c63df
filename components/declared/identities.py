"""Identities that are no pods, as the declaration carries them."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterator
from pathlib import Path

from components import identities
from components.config.identity import (
    ApproleIdentity,
    CertIdentity,
    JwtIdentity,
    OutsideIdentity,
    TokenIdentity,
)
from components.config.stack import StackConfig
from workload_secrets.declaration import Prerequisite
from workload_secrets.declaration import identity as model


def declared(config: StackConfig, identity: OutsideIdentity, root: Path | None) -> model.Outside:
    """What the declaration says of an identity that is no pod. `root` is what files are relative
    to; without it authorities have no fingerprint."""
    match identity:
        case JwtIdentity():
            return model.JwtFacts(
                method="jwt",
                issuer=identity.issuer,
                subject=identity.subject,
                audience=identity.audience,
            )
        case ApproleIdentity():
            return model.ApproleFacts(
                method="approle",
                bound_cidrs=identity.bound_cidrs,
                token_bound_cidrs=identity.token_cidrs,
                secret_id_ttl_seconds=identity.secret_id_ttl_seconds,
                secret_id_uses=identity.secret_id_uses,
            )
        case TokenIdentity():
            return model.TokenFacts(
                method="token", life_seconds=identity.life_seconds, bound_cidrs=identity.bound_cidrs or ()
            )
        case CertIdentity():
            mount = config.shared.pki_mounts[identity.pki_mount].mount if identity.pki_mount else None
            return model.CertFacts(
                method="cert",
                authority=_authority(identity, root),
                pki_mount=mount,
                common_name=identity.common_name,
                dns_sans=identity.dns_sans,
            )


def prerequisites(config: StackConfig) -> Iterator[Prerequisite]:
    """The auth mounts that others make."""
    for path, identity in identities.mounts(config).items():
        if identities.manage(config, path) == "existing":
            issuer = identity.issuer if isinstance(identity, JwtIdentity) else None
            yield Prerequisite(kind="authMount", name=path, type=identity.method, url=issuer)


def _authority(identity: CertIdentity, root: Path | None) -> str:
    """The CA of a PKI mount is named by its path: its certificate is made by the deploy."""
    file = root / identity.ca_file if root and identity.ca_file and not identity.pki_mount else None
    return _fingerprint(file.read_text("ascii")) if file else ""


def _fingerprint(pem: str) -> str:
    """SHA-256 of the certificate in hex. `checks.files` has seen that there is exactly one."""
    start, end = pem.index("-----BEGIN CERTIFICATE"), pem.index("-----END CERTIFICATE-----")
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem[start:end] + "-----END CERTIFICATE-----")).hexdigest()
