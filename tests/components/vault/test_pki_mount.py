"""A PKI mount and its CA."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from components.config.engines.pki import AutoTidy, PkiUrls
from components.vault.pki_mount import TOKEN, PkiMount, PkiMountArgs
from tests.engine import declare, inside, names
from workload_secrets.graph.model import Graph, Mode

PKI = "vault:pkiSecret"
MOUNT = "vault:index/mount:Mount"
URLS = f"{PKI}/secretBackendConfigUrls:SecretBackendConfigUrls"
CRL = f"{PKI}/secretBackendCrlConfig:SecretBackendCrlConfig"
TIDY = f"{PKI}/backendConfigAutoTidy:BackendConfigAutoTidy"
ROOT = f"{PKI}/secretBackendRootCert:SecretBackendRootCert"
REQUEST = f"{PKI}/secretBackendIntermediateCertRequest:SecretBackendIntermediateCertRequest"
SIGN = f"{PKI}/secretBackendRootSignIntermediate:SecretBackendRootSignIntermediate"
SET = f"{PKI}/secretBackendIntermediateSetSigned:SecretBackendIntermediateSetSigned"
MODES: tuple[Mode, ...] = ("preview", "update")
YEAR = 365 * 86_400


def mount(mode: Mode = "update", **given: Any) -> Graph:
    args = PkiMountArgs(path="pki", common_name="Example", ca_ttl_seconds=YEAR, **given)
    return declare(lambda opts: PkiMount("web", args, opts), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_root_keeps_its_key_in_vault_and_lasts_as_long_as_its_mount_lets_it(mode: Mode):
    graph = mount(mode)
    assert graph.only(MOUNT).inputs == {"path": "pki", "type": "pki", "maxLeaseTtlSeconds": YEAR}
    assert graph.only(ROOT).inputs == {
        "backend": "pki",
        "type": "internal",
        "commonName": "Example",
        "excludeCnFromSans": True,
        "keyType": "ec",
        "keyBits": 384,
        "ttl": str(YEAR),
    }
    assert {resource.type for resource in inside(graph, TOKEN)} == {MOUNT, CRL, TIDY, ROOT}


@pytest.mark.parametrize("mode", MODES)
def test_auto_tidy_really_tidies(mode: Mode):
    """Enabled alone it would do nothing: every operation is off by default."""
    assert mount(mode).only(TIDY).inputs == {
        "backend": "pki",
        "enabled": True,
        "tidyCertStore": True,
        "tidyRevokedCerts": True,
        "tidyRevokedCertIssuerAssociations": True,
        "tidyExpiredIssuers": True,
        "intervalDuration": "43200s",
        "safetyBuffer": "259200s",
        "issuerSafetyBuffer": "31536000s",
    }


def test_what_auto_tidy_leaves_is_declared():
    tidy = AutoTidy(revoked_certificates=False, expired_issuers=False, interval_seconds=3600)
    found = mount(tidy=tidy).only(TIDY).inputs
    on = {name for name, value in found.items() if value is True}
    assert on == {"enabled", "tidyCertStore"}
    assert found["intervalDuration"] == "3600s"


@pytest.mark.parametrize("mode", MODES)
def test_a_crl_is_rebuilt_before_it_expires(mode: Mode):
    assert mount(mode).only(CRL).inputs["autoRebuild"] is True


def test_urls_stand_before_the_first_certificate():
    """A certificate holds the URLs of the moment it was signed."""
    graph = mount(urls=PkiUrls(crl=("http://a.example/crl",)))
    assert graph.only(URLS).inputs["crlDistributionPoints"] == ["http://a.example/crl"]
    assert "web-urls" in names(graph, graph.only(ROOT).options.depends_on)


@pytest.mark.parametrize("mode", MODES)
def test_an_intermediate_is_signed_by_another_mount_for_leaves_only(mode: Mode):
    graph = mount(mode, kind="intermediate", signer="pki-root")
    assert graph.only(REQUEST).inputs["type"] == "internal"
    signed = graph.only(SIGN)
    assert (signed.inputs["backend"], signed.inputs["maxPathLength"]) == ("pki-root", 0)
    assert signed.options.property_dependencies["csr"] == (graph.only(REQUEST).urn,)
    put = graph.only(SET)
    assert put.options.property_dependencies["certificate"] == (signed.urn,)
    assert not graph.of(ROOT)


def test_an_external_ca_gets_the_request_and_nothing_is_signed_until_it_answers():
    graph = mount(kind="intermediate")
    assert not graph.of(SET)
    assert not graph.of(SIGN)
    assert str(graph.only(TOKEN).outputs["csr"]).endswith("-csr")


def test_the_answer_of_an_external_ca_is_put_in_place():
    graph = mount(kind="intermediate", chain_pem="PEM")
    assert graph.only(SET).inputs == {"backend": "pki", "certificate": "PEM"}
    assert "web-request" in names(graph, graph.only(SET).options.depends_on)


@pytest.mark.parametrize("mode", MODES)
def test_an_existing_mount_registers_nothing(mode: Mode):
    graph = mount(mode, manage="existing")
    assert inside(graph, TOKEN) == ()
    assert graph.only(TOKEN).outputs == {"path": "pki"}


@pytest.mark.parametrize("protect", [True, False])
@pytest.mark.parametrize("given", [{}, {"kind": "intermediate", "signer": "r"}], ids=["root", "below"])
def test_what_holds_the_key_is_protected_in_production(given: dict[str, Any], protect: bool):
    graph = mount(protect=protect, **given)
    for type_ in (MOUNT, ROOT) if not given else (MOUNT, REQUEST, SIGN):
        options = graph.only(type_).options
        assert (options.protect, options.retain_on_delete) == (protect, protect or type_ == ROOT)


@pytest.mark.parametrize("given", [{}, {"kind": "intermediate", "signer": "r"}], ids=["root", "below"])
def test_no_key_is_asked_for_in_a_form_that_could_be_read(given: dict[str, Any]):
    kinds = {r.inputs["type"] for r in mount(**given).resources if r.type in (ROOT, REQUEST)}
    assert kinds == {"internal"}


def test_a_mount_waits_for_its_namespace():
    def program(opts: pulumi.ResourceOptions) -> None:
        first = PkiMount("one", PkiMountArgs(path="a", common_name="A", ca_ttl_seconds=YEAR), opts)
        args = PkiMountArgs(path="b", common_name="B", ca_ttl_seconds=YEAR, after=first.issuer)
        PkiMount("two", args, opts)

    graph = declare(program)
    second = next(r for r in graph.of(MOUNT) if r.name == "two-mount")
    assert "one-root" in names(graph, second.options.depends_on)


@pytest.mark.parametrize(
    ("given", "name"),
    [({}, "web-root"), ({"kind": "intermediate", "signer": "root"}, "web-signed")],
    ids=["root", "signed"],
)
def test_the_certificate_of_a_ca_that_is_made_is_known(given: dict[str, Any], name: str):
    args = PkiMountArgs(path="pki", common_name="Example", ca_ttl_seconds=YEAR, **given)
    found: dict[str, object] = {}

    def program(opts: pulumi.ResourceOptions) -> None:
        pem = PkiMount("web", args, opts).ca_pem
        assert pem is not None
        pem.apply(lambda text: found.update(pem=text))

    graph = declare(program)
    (ca,) = [resource for resource in graph.resources if resource.name == name]
    assert found["pem"] == ca.outputs["certificate"]


@pytest.mark.parametrize("given", [{"manage": "existing"}, {"kind": "intermediate", "chain_pem": "PEM"}])
def test_the_certificate_of_another_ca_is_not(given: dict[str, Any]):
    args = PkiMountArgs(path="pki", common_name="Example", ca_ttl_seconds=YEAR, **given)
    found: list[object] = []
    declare(lambda opts: found.append(PkiMount("web", args, opts).ca_pem))
    assert found == [None]
