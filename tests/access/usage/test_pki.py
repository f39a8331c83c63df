"""A role or mount that is not as declared is found by asking it for certificates."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.access.usage.fakes import context
from workload_secrets.access.usage.pki import prove
from workload_secrets.declaration.secret import PkiFacts, Secret
from workload_secrets.graph.model import Resource

NAME = "api.production.example"
FACTS = PkiFacts(common_name=NAME, domains=(NAME,), ttl_seconds=3600, max_ttl_seconds=7200)
SECRET = Secret(backend="pki", mount="pki", path="api", pki=FACTS)
USERS = {"issue": ("shop",)}
TIDY = "vault:pkiSecret/backendConfigAutoTidy:BackendConfigAutoTidy"


def named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


class Pki:
    """The server, with what is wrong with it by name."""

    def __init__(self, wrong: str = "", tidies: Mapping[str, Any] | None = None) -> None:
        self.wrong = wrong
        self.tidies = tidies or {}
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.root = self._sign("Root", self._key.public_key(), 86_400 * 30, ca=True)
        self._other = ec.generate_private_key(ec.SECP256R1())

    def __call__(self, who: str, method: str, path: str, body: Mapping[str, Any]) -> tuple[int, Any]:
        if path == "pki/cert/ca_chain":
            return 200, {"certificate": pem(self.root)}
        if path.endswith("auto-tidy"):
            return 200, self.tidies
        if self.wrong == "no right":
            return 403, "permission denied"
        if "not_after" in body:
            return (200, self._issue(NAME, 3600)) if self.wrong == "dates" else (403, "permission denied")
        name, extra = str(body["common_name"]), {"alt_names", "uri_sans"} & body.keys()
        if (name != NAME or extra) and self.wrong != "any name":
            return 400, "not allowed by this role"
        if "ip_sans" in body and self.wrong != "addresses":
            return 400, "not allowed by this role"
        asked = int(str(body.get("ttl", "3600s")).removesuffix("s"))
        return 200, self._issue(name, asked if self.wrong == "long life" else min(asked, 7200))

    def _issue(self, name: str, seconds: int) -> dict[str, str]:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(name, key.public_key(), 600 if self.wrong == "short" else seconds)
        shown = self._other if self.wrong == "another key" else key
        private = shown.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return {"certificate": pem(certificate), "private_key": private, "issuing_ca": pem(self.root)}

    def _sign(
        self, name: str, public: ec.EllipticCurvePublicKey, seconds: int, *, ca: bool = False
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        signer = (
            ec.generate_private_key(ec.SECP256R1()) if self.wrong == "another ca" and not ca else self._key
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named("Root"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(seconds=30))
            .not_valid_after(now + dt.timedelta(seconds=seconds))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
            .add_extension(_usage(ca), critical=True)
        )
        if not ca:
            uses = [ExtendedKeyUsageOID.SERVER_AUTH]
            uses += [ExtendedKeyUsageOID.CLIENT_AUTH] if self.wrong == "client too" else []
            names: list[x509.GeneralName] = [x509.DNSName(name)]
            names += [x509.IPAddress(ipaddress.ip_address("10.0.0.1"))] if self.wrong == "more names" else []
            builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(signer, hashes.SHA256())


def _usage(ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=not ca,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def test_a_role_as_declared_is_proven_in_one_line() -> None:
    used = prove(context(Pki(), SECRET, USERS))
    assert used.problems == ()
    assert used.lines == (
        f"it: shop got a certificate for {NAME} of 3600 seconds that verifies against pki; other names, a "
        "longer life and another date are refused",
    )


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ("no right", f"it: shop: got no certificate for {NAME}: HTTP 403 permission denied"),
        ("another key", "it: shop: its private key is of another certificate"),
        ("another ca", "it: shop: as a server it doesn't verify against the mount's chain ("),
        ("client too", "it: shop: it is good as a client, which is not declared"),
        ("more names", f"it: shop: it is for 10.0.0.1, {NAME}"),
        ("short", "it: shop: it lasts 599 seconds, declared are 3600"),
        ("any name", "it: shop: asked for a foreign name, which the role has to refuse: HTTP 200"),
        ("addresses", "it: shop: asked for an IP address, which the role has to refuse: HTTP 200"),
        ("dates", "it: shop: asked for a date beyond the role's longest life"),
        ("long life", "it: shop: got a certificate of 93599 seconds, the role's longest life is 7200"),
    ],
)
def test_what_is_not_as_declared_is_named(wrong: str, found: str) -> None:
    used = prove(context(Pki(wrong), SECRET, USERS))
    assert used.lines == ()
    assert used.problems[0].startswith(found)


def test_private_keys_never_show() -> None:
    for wrong in ("", "another key", "another ca", "any name"):
        used = prove(context(Pki(wrong), SECRET, USERS))
        assert "PRIVATE" not in str(used)


def tidy(**inputs: Any) -> tuple[Resource, ...]:
    found = Resource(
        urn="u", type=TIDY, name="t", parent=None, custom=True, inputs={"backend": "pki", **inputs},
        outputs={}, provider={},
    )  # fmt: skip
    return (found,)


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ({"enabled": True, "tidy_cert_store": True}, None),
        ({"enabled": False, "tidy_cert_store": True}, "pki: it tidies tidy_cert_store, enabled False"),
        ({"enabled": True}, "pki: it tidies nothing, enabled True"),
        (
            {"enabled": True, "tidy_cert_store": True, "tidy_expired_issuers": True},
            "pki: it tidies tidy_cert_store, tidy_expired_issuers, enabled True",
        ),
    ],
    ids=["as declared", "off", "nothing", "too much"],
)
def test_auto_tidy_is_read_back(answer: dict[str, Any], line: str | None) -> None:
    server = Pki(tidies={"interval_duration": 43200, **answer})
    secret = SECRET.model_copy(update={"pki": FACTS.model_copy(update={"tidies": ("certificates",)})})
    used = prove(context(server, secret, USERS, tidy()))
    assert used.problems == ((line,) if line else ())
    assert line or "pki: tidies itself every 43200 seconds (tidy_cert_store)" in used.lines
