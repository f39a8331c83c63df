"""Certificates as the handlers of a PKI mount read and, for an outsider, sign them."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from workload_secrets.sandbox.certificates import ca_usage

_SKEW: Final = 90
"""A server dates a certificate 30 seconds back, and takes a moment to make it."""


def parse(pem: str) -> x509.Certificate:
    """The first certificate of a PEM text."""
    return x509.load_pem_x509_certificate(pem.encode())


def text(certificate: x509.Certificate) -> str:
    """PEM without a line end."""
    return certificate.public_bytes(Encoding.PEM).decode().strip()


def serial(certificate: x509.Certificate) -> str:
    """As Vault writes it: bytes in hexadecimal, joined by colons."""
    number = certificate.serial_number
    return number.to_bytes((number.bit_length() + 7) // 8).hex(":")


def asked(csr: str) -> dict[str, Any]:
    """commonName, keyType, keyBits and excludeCnFromSans of a signing request."""
    return _about(x509.load_pem_x509_csr(csr.encode()))


def facts(certificate: x509.Certificate, ttl: int) -> dict[str, Any]:
    """What `asked` says, and pathLength (None: no limit) and ttl in seconds; the latter is `ttl`
    where it is that but for the server's own moments."""
    lasts = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    found = int(lasts.total_seconds())
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    return {
        **_about(certificate),
        "ttl": ttl if 0 <= found - ttl <= _SKEW else found,
        "pathLength": constraints.value.path_length,
    }


def _about(holder: x509.Certificate | x509.CertificateSigningRequest) -> dict[str, Any]:
    key = holder.public_key()
    kind, bits = "ed25519", 0
    if isinstance(key, ec.EllipticCurvePublicKey):
        kind, bits = "ec", key.curve.key_size
    elif isinstance(key, rsa.RSAPublicKey):
        kind, bits = "rsa", key.key_size
    names = holder.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    try:
        holder.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        without = False
    except x509.ExtensionNotFound:
        without = True
    name = str(names[0].value) if names else ""
    return {"commonName": name, "keyType": kind, "keyBits": bits, "excludeCnFromSans": without}


def belongs(pem: str, csr: str) -> bool:
    """Whether a certificate was made for the key of this request."""
    return _key(parse(pem)) == _key(x509.load_pem_x509_csr(csr.encode()))


def signed_elsewhere(csr: str, like: str) -> str:
    """The request signed by a new CA with the issuer's name of the certificate `like`, and that
    CA's own certificate after it, both as PEM."""
    asked, pattern = x509.load_pem_x509_csr(csr.encode()), parse(like)
    key = ec.generate_private_key(ec.SECP384R1())
    authority = _signed(pattern.issuer, pattern.issuer, key.public_key(), key, None)
    made = _signed(asked.subject, pattern.issuer, asked.public_key(), key, 0)
    return f"{text(made)}\n{text(authority)}\n"


def _signed(
    subject: x509.Name, issuer: x509.Name, public: Any, key: ec.EllipticCurvePrivateKey, length: int | None
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=1))
        .not_valid_after(now + dt.timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=True, path_length=length), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .add_extension(ca_usage(), critical=True)
    )
    return builder.sign(key, hashes.SHA384())


def _key(holder: x509.Certificate | x509.CertificateSigningRequest) -> bytes:
    return holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
