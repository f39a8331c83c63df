"""The sandbox's own certificate authority and the keys its servers use."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from workload_secrets.sandbox.files import write_private
from workload_secrets.sandbox.ports import LOOPBACK

_LIFETIME: Final = datetime.timedelta(days=30)
_NOW: Final = datetime.timedelta()
_SKEW: Final = datetime.timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Files of one certificate and its key, both PEM, mode 0600."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority that lives as long as this object: its key is never written."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Sandbox {name} CA")])
        certificate = self_signed(self._subject, self._key)
        self.file = write_private(folder / "ca.pem", certificate.public_bytes(serialization.Encoding.PEM))

    def server(self, name: str, also: Sequence[str] = ()) -> Pair:
        """A server certificate for 127.0.0.1, localhost and the DNS names in `also`."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        own = [x509.DNSName(host) for host in dict.fromkeys(("localhost", *also))]
        names = [x509.IPAddress(ipaddress.ip_address(LOOPBACK)), *own]
        certificate = (
            builder(subject, self._subject, key)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )
        return Pair(
            certificate=write_private(
                self._folder / f"{name}.pem", certificate.public_bytes(serialization.Encoding.PEM)
            ),
            key=write_private(self._folder / f"{name}.key", private_pem(key)),
        )


def signing_keys(folder: Path) -> tuple[Path, Path]:
    """A cluster's ServiceAccount signing key (RSA 2048, as EKS has) and its public half, PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return (
        write_private(folder / "signing.key", private_pem(key)),
        write_private(folder / "signing.pub", public),
    )


def self_signed(subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """The certificate of an authority that signs no further authority."""
    return (
        builder(subject, subject, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(ca_usage(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def private_pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    """PKCS #8, not encrypted: for a file of mode 0600."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, *, expired: bool = False
) -> x509.CertificateBuilder:
    """A certificate for this key, good from a little before now; or one that has just ended."""
    now = datetime.datetime.now(datetime.UTC) - (_LIFETIME + 2 * _SKEW if expired else _NOW)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + _LIFETIME)
    )


def ca_usage() -> x509.KeyUsage:
    """An authority's key signs certificates and revocation lists."""
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
