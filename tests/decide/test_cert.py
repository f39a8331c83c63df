"""Logins by client certificate, decided."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.stacks.read import ROOT
from workload_secrets.decide.answer import Answer
from workload_secrets.decide.cert import CertificateClaims, cert_login, fingerprint, mount_of, of_mount
from workload_secrets.graph.model import UNKNOWN

CA = (ROOT / "certs" / "dev-vault.pem").read_text("ascii")
OTHER = (ROOT / "certs" / "prod-cluster.pem").read_text("ascii")
ROLE: dict[str, Any] = {
    "certificate": CA,
    "allowedCommonNames": ["edge"],
    "allowedDnsSans": ["edge.example", "edge2.example"],
}
OWN = CertificateClaims(authority=fingerprint(CA) or "", common_name="edge", dns_sans=("edge.example",))


def answer(shown: CertificateClaims | None = OWN, **changes: Any) -> Answer:
    return cert_login(ROLE | changes, shown).answer


def test_the_named_holder_logs_in() -> None:
    assert answer() is Answer.YES
    assert answer(replace(OWN, dns_sans=("edge2.example", "more.example"))) is Answer.YES


@pytest.mark.parametrize(
    "shown",
    [
        None,
        replace(OWN, authority=fingerprint(OTHER) or ""),
        replace(OWN, common_name="edge2"),
        replace(OWN, common_name=None),
        replace(OWN, dns_sans=()),
        replace(OWN, dns_sans=("other.example",)),
        replace(OWN, expired=True),
    ],
)
def test_anybody_else_is_refused(shown: CertificateClaims | None) -> None:
    assert answer(shown) is Answer.NO


def test_a_glob_admits_whom_it_matches() -> None:
    assert answer(replace(OWN, common_name="edge-9"), allowedCommonNames=["edge*"]) is Answer.YES


def test_a_role_that_binds_no_name_admits_every_certificate_of_its_authority() -> None:
    stranger = CertificateClaims(authority=OWN.authority, common_name="stranger")
    assert answer(stranger, allowedCommonNames=None, allowedDnsSans=[]) is Answer.YES


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("certificate", UNKNOWN),
        ("certificate", CA + OTHER),
        ("allowedCommonNames", UNKNOWN),
        ("allowedDnsSans", [UNKNOWN]),
        ("allowedUriSans", ["spiffe://a"]),
        ("tokenBoundCidrs", ["10.0.0.0/8"]),
    ],
)
def test_what_is_not_known_is_unknown(key: str, value: Any) -> None:
    assert answer(**{key: value}) is Answer.UNKNOWN


def test_a_role_without_a_certificate_of_an_authority_admits_nobody() -> None:
    assert answer(certificate="nothing") is Answer.NO


def test_fingerprints_are_of_the_first_certificate() -> None:
    assert fingerprint(CA) == fingerprint("text before\n" + CA + OTHER)
    assert fingerprint("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----") is None


@pytest.mark.parametrize("namespace", ["", "team/a"])
def test_a_mount_is_named_by_namespace_and_path(namespace: str) -> None:
    assert mount_of(of_mount(namespace, "pki/web")) == (namespace, "pki/web")
    assert mount_of(OWN.authority) is None


@pytest.mark.parametrize("ca", ["symbol-1234-certificate", f"{CA}\n"], ids=["symbol", "real"])
def test_the_ca_of_a_mount_is_known_by_its_certificate(ca: str) -> None:
    mounts = {ca.strip(): of_mount("", "pki/web")}
    shown = replace(OWN, authority=of_mount("", "pki/web"))
    role = ROLE | {"certificate": ca}
    assert cert_login(role, shown, mounts).answer is Answer.YES
    assert cert_login(role, replace(shown, authority=of_mount("", "pki/other")), mounts).answer is Answer.NO
    assert cert_login(role, replace(shown, authority=of_mount("team", "pki/web")), mounts).answer is Answer.NO
    assert cert_login(role, shown).answer is Answer.NO
