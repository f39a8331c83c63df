"""PEM files: that they are there and hold what they are said to hold."""

from __future__ import annotations

import base64
import binascii
import re
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from components.config.checks.principals import keyed
from components.config.identity import CertIdentity, JwtIdentity
from components.config.problem import Problem, shown
from components.config.stack import StackConfig

MAX_BYTES: Final = 1024 * 1024
_PUBLIC: Final = re.compile(r"-----BEGIN PUBLIC KEY-----(.*?)-----END PUBLIC KEY-----", re.DOTALL)
# Object identifiers of RSA and elliptic-curve public keys in DER, RFC 3279 and RFC 5480.
_KEY_KINDS: Final = (bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a8648ce3d0201"))


def check(config: StackConfig, folder: Path) -> Iterator[Problem]:
    """Problems of every file that facts and endpoints name."""
    yield from _file(folder, "endpoints.cluster.caFile", config.endpoints.cluster.ca_file, _certificate)
    if config.endpoints.vault and config.endpoints.vault.ca_file:
        yield from _file(folder, "endpoints.vault.caFile", config.endpoints.vault.ca_file, _certificate)
    if config.facts.vault:
        for name in config.facts.vault.public_key_files:
            yield from _file(folder, "facts.vault.publicKeyFiles", name, _public_key)
    for name, mount in config.shared.pki_mounts.items():
        if mount.certificate_file:
            key = f"shared.pkiMounts.{name}.certificateFile"
            yield from _file(folder, key, mount.certificate_file, _certificate)
    yield from _identities(config, folder)


def _identities(config: StackConfig, folder: Path) -> Iterator[Problem]:
    for _, principal in keyed(config):
        identity, key = principal.outside, principal.login_key
        if isinstance(identity, JwtIdentity):
            for file in identity.public_key_files:
                yield from _file(folder, f"{key}.publicKeyFiles", file, _public_key)
        if isinstance(identity, CertIdentity) and identity.ca_file:
            yield from _file(folder, f"{key}.caFile", identity.ca_file, _one_certificate)


def certificate(folder: Path, key: str, name: str) -> Iterator[Problem]:
    """The problem of one file of CA certificates, if it has one."""
    yield from _file(folder, key, name, _certificate)


def _file(folder: Path, key: str, name: str, fault: Callable[[str], str | None]) -> Iterator[Problem]:
    kinds: dict[object, str] = {_certificate: "certificates", _one_certificate: "one certificate"}
    kind = kinds.get(fault, "one public key")
    reason = _reason(folder / name, fault)
    if reason:
        yield Problem(
            key=key,
            got=f"{shown(name)}, {reason}",
            allowed=f"a PEM file of {kind}, no private key",
            remedy="save the file in the project and name it relative to the project folder",
        )


def _reason(path: Path, fault: Callable[[str], str | None]) -> str | None:
    try:
        if path.stat().st_size > MAX_BYTES:
            return "which is too large"
        text = path.read_text("ascii")
    except OSError:
        return "which can't be read"
    except UnicodeDecodeError:
        return "which is not text"
    return "which holds a private key" if "PRIVATE KEY" in text else fault(text)


def _certificate(text: str) -> str | None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError):
        return "which is not a certificate"
    return None if context.cert_store_stats()["x509"] else "which holds no certificate"


def _one_certificate(text: str) -> str | None:
    """Every further authority could sign the name too."""
    found = text.count("-----BEGIN CERTIFICATE-----")
    return _certificate(text) or (None if found == 1 else f"which holds {found} certificates")


def _public_key(text: str) -> str | None:
    found = _PUBLIC.findall(text)
    if len(found) > 1:
        return f"which holds {len(found)} public keys"
    for body in found:
        try:
            der = base64.b64decode("".join(body.split()), validate=True)
        except binascii.Error:
            return "which is not a public key"
        if not any(kind in der for kind in _KEY_KINDS):
            return "which is not an RSA or elliptic-curve key"
    return None if found else "which holds no public key"
