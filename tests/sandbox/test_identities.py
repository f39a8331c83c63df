"""Stand-ins for issuers and authorities outside the sandbox."""

from __future__ import annotations

import datetime
from pathlib import Path

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from workload_secrets.sandbox.certificates import Pair
from workload_secrets.sandbox.identities import Identities
from workload_secrets.sandbox.tokens import sign

ISSUER = "https://token.actions.githubusercontent.com"


@pytest.fixture
def identities(tmp_path: Path) -> Identities:
    return Identities(tmp_path)


def read(pair: Pair) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pair.certificate.read_bytes())


def test_an_issuer_keeps_its_key(identities: Identities, tmp_path: Path) -> None:
    token = sign(identities.issuer(ISSUER), {"iss": ISSUER})
    again = Identities(tmp_path).issuer(ISSUER)
    assert jwt.decode(token, again.public_key_file.read_text(), ["RS256"]) == {"iss": ISSUER}  # pyright: ignore


def test_two_issuers_have_two_keys(identities: Identities) -> None:
    token = sign(identities.issuer(ISSUER), {})
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, identities.issuer(f"{ISSUER}/b").public_key_file.read_text(), ["RS256"])


def test_a_client_certificate_has_exactly_its_names_and_is_for_clients(identities: Identities) -> None:
    found = read(identities.authority("aa").client("edge", ["edge.example"]))
    assert [n.value for n in found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == ["edge"]
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["edge.example"]
    usage = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_it_is_signed_by_its_authority_alone(identities: Identities, tmp_path: Path) -> None:
    found = read(identities.authority("aa").client("edge", ()))
    authority = x509.load_pem_x509_certificate(Identities(tmp_path).authority("aa").file.read_bytes())
    other = x509.load_pem_x509_certificate(identities.authority("bb").file.read_bytes())
    found.verify_directly_issued_by(authority)
    with pytest.raises(ValueError, match="does not match"):
        found.verify_directly_issued_by(other)


def test_an_expired_certificate_has_ended(identities: Identities) -> None:
    found = read(identities.authority("aa").client("edge", (), expired=True))
    assert found.not_valid_after_utc < datetime.datetime.now(datetime.UTC)


def test_keys_are_readable_by_their_owner_alone(identities: Identities, tmp_path: Path) -> None:
    identities.authority("aa").client("edge", ())
    identities.issuer(ISSUER)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 6
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)


def test_a_request_has_its_names_and_its_key_stays_here(identities: Identities) -> None:
    request = identities.request("pki::web", "edge", ["edge.example"])
    asked = x509.load_pem_x509_csr(request.csr.encode())
    assert [n.value for n in asked.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == ["edge"]
    names = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["edge.example"]
    answer = identities.authority("aa").client("edge", ())
    pair = request.answered(answer.certificate.read_text())
    key = serialization.load_pem_private_key(pair.key.read_bytes(), None)
    assert key.public_key() == asked.public_key()
    assert read(pair) == read(answer)
