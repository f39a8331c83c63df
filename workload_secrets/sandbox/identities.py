"""What stands in for issuers of jobs and for authorities of certificates outside the sandbox.

Each has a key of its own, made when first asked for and kept in the sandbox's folder, so
that what the deploy puts on the server and what a proof signs with are the same.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from workload_secrets.sandbox.certificates import Pair, builder, private_pem, self_signed, signing_keys
from workload_secrets.sandbox.files import private_folder, write_private

FOREIGN: Final = "foreign"
"""The name of an authority that nobody trusts."""


@dataclass(frozen=True, kw_only=True)
class IssuerKeys:
    """Files of an issuer's signing key and its public half, PEM."""

    signing_key_file: Path
    public_key_file: Path


class Identities:
    """The stand-ins of one sandbox. May be used by several threads at once."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the sandbox's own."""
        self._folder = folder / "identities"
        self._lock = threading.Lock()

    def issuer(self, issuer: str) -> IssuerKeys:
        """The keys with which the sandbox signs as this issuer."""
        own = self._own("issuer", issuer)
        keys = IssuerKeys(signing_key_file=own / "signing.key", public_key_file=own / "signing.pub")
        with self._lock:
            if not keys.public_key_file.exists():
                signing_keys(own)
        return keys

    def authority(self, fingerprint: str) -> ClientAuthority:
        """The authority in the place of the one with this fingerprint."""
        with self._lock:
            return ClientAuthority(self._own("authority", fingerprint))

    def request(self, authority: str, common_name: str | None, dns_sans: Sequence[str]) -> ClientRequest:
        """A new key with a request that a CA of the sandbox's Vault signs."""
        with self._lock:
            return ClientRequest(self._own("authority", authority), common_name, dns_sans)

    def _own(self, kind: str, name: str) -> Path:
        return private_folder(self._folder / f"{kind}-{hashlib.sha256(name.encode()).hexdigest()[:16]}")


class ClientRequest:
    """A key and the request for its certificate. Its files lie in `folder`."""

    def __init__(self, folder: Path, common_name: str | None, dns_sans: Sequence[str]) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        asked = x509.CertificateSigningRequestBuilder().subject_name(_subject(common_name))
        if dns_sans:
            asked = asked.add_extension(_alternatives(dns_sans), critical=False)
        signed = asked.sign(self._key, hashes.SHA256())
        self.csr = signed.public_bytes(serialization.Encoding.PEM).decode("ascii")

    def answered(self, certificate: str) -> Pair:
        """The key with the certificate (PEM) that the CA has made of the request."""
        return _pair(self._folder, x509.load_pem_x509_certificate(certificate.encode()), self._key)


class ClientAuthority:
    """An authority that signs client certificates. Its files lie in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.file = folder / "ca.pem"
        key_file = folder / "ca.key"
        self._subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Sandbox {folder.name}")])
        if key_file.exists():
            loaded = serialization.load_pem_private_key(key_file.read_bytes(), None)
            self._key = cast("ec.EllipticCurvePrivateKey", loaded)
            return
        self._key = ec.generate_private_key(ec.SECP256R1())
        certificate = self_signed(self._subject, self._key)
        write_private(self.file, certificate.public_bytes(serialization.Encoding.PEM))
        write_private(key_file, private_pem(self._key))

    def client(self, common_name: str | None, dns_sans: Sequence[str], *, expired: bool = False) -> Pair:
        """A client certificate with these names; an expired one ended some minutes ago."""
        key = ec.generate_private_key(ec.SECP256R1())
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        signed = (
            builder(_subject(common_name), self._subject, key, expired=expired)
            .add_extension(usage, critical=False)
            .add_extension(issuer, critical=False)
        )
        if dns_sans:
            signed = signed.add_extension(_alternatives(dns_sans), critical=False)
        return _pair(self._folder, signed.sign(self._key, hashes.SHA256()), key)


def _subject(common_name: str | None) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else [])


def _alternatives(dns_sans: Sequence[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.DNSName(name) for name in dns_sans])


def _pair(folder: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Pair:
    stem = f"client-{certificate.serial_number:x}"
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    return Pair(
        certificate=write_private(folder / f"{stem}.pem", pem),
        key=write_private(folder / f"{stem}.key", private_pem(key)),
    )
