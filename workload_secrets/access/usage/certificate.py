"""One issued certificate, read as a client and a server would."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509 import verification
from cryptography.x509.oid import NameOID

from workload_secrets.declaration.secret import PkiFacts
from workload_secrets.outside import OutsideText

SKEW_SECONDS: Final = 120
"""Servers date a certificate half a minute back; the rest is the proof's own time."""


class Issued:
    """What one request gave. The private key is only compared, never kept or shown."""

    def __init__(self, data: dict[str, Any], authority: str) -> None:
        """`data` is the answer's; `authority` the mount's own chain as PEM."""
        self.certificate = x509.load_pem_x509_certificate(str(data["certificate"]).encode())
        self._chain = x509.load_pem_x509_certificates(authority.encode())
        key = load_pem_private_key(str(data["private_key"]).encode(), None)
        self._matches = _spki(key.public_key()) == _spki(self.certificate.public_key())

    @property
    def seconds(self) -> int:
        """From now until it ends."""
        return int((self.certificate.not_valid_after_utc - dt.datetime.now(dt.UTC)).total_seconds())

    def faults(self, facts: PkiFacts) -> Iterator[str]:
        """What is not as declared."""
        if not self._matches:
            yield "its private key is of another certificate"
        if self._names() != {facts.common_name}:
            yield f"it is for {', '.join(sorted(self._names()))}"
        wanted = facts.ttl_seconds or 0
        if abs(self.seconds - wanted) > SKEW_SECONDS:
            yield f"it lasts {self.seconds} seconds, declared are {wanted}"
        yield from self._verified(facts)

    def _names(self) -> set[str]:
        subject = {
            str(name.value) for name in self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        }
        found = self.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return subject | {str(name.value) for name in found}

    def _verified(self, facts: PkiFacts) -> Iterator[str]:
        """Whether a client of the server, and a server of the client, would take it."""
        roots = [ca for ca in self._chain if ca.subject == ca.issuer]
        between = [ca for ca in self._chain if ca.subject != ca.issuer]
        if not roots:
            yield "the mount's chain has no root"
            return
        policy = verification.PolicyBuilder().store(verification.Store(roots))
        name = x509.DNSName(facts.common_name)
        for use, declared in (("server", facts.server), ("client", facts.client)):
            fault = _fault(policy, use, name, self.certificate, between)
            if declared and fault:
                yield f"as a {use} it doesn't verify against the mount's chain ({fault})"
            if not declared and not fault:
                yield f"it is good as a {use}, which is not declared"


def _fault(
    policy: verification.PolicyBuilder,
    use: str,
    name: x509.DNSName,
    certificate: x509.Certificate,
    between: Sequence[x509.Certificate],
) -> str | None:
    try:
        if use == "server":
            policy.build_server_verifier(name).verify(certificate, list(between))
        else:
            policy.build_client_verifier().verify(certificate, list(between))
    except verification.VerificationError as error:
        return str(OutsideText(error))
    return None


def _spki(key: Any) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
