"""PKI mounts, their CAs and roles on the real server."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from workload_secrets.sandbox.deploy.notes import Notes
from workload_secrets.sandbox.deploy.outcome import HandlerError, Outcome
from workload_secrets.sandbox.deploy.vault import certificates
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider
from workload_secrets.sandbox.openbao import ADMIN

Make = Callable[..., Outcome]
DAY = 86_400
PKI = "vault:pkiSecret"
MOUNT = "vault:index/mount:Mount"
URLS = f"{PKI}/secretBackendConfigUrls:SecretBackendConfigUrls"
CRL = f"{PKI}/secretBackendCrlConfig:SecretBackendCrlConfig"
TIDY = f"{PKI}/backendConfigAutoTidy:BackendConfigAutoTidy"
ROLE = f"{PKI}/secretBackendRole:SecretBackendRole"
ROOT = f"{PKI}/secretBackendRootCert:SecretBackendRootCert"
REQUEST = f"{PKI}/secretBackendIntermediateCertRequest:SecretBackendIntermediateCertRequest"
SIGN = f"{PKI}/secretBackendRootSignIntermediate:SecretBackendRootSignIntermediate"
SET = f"{PKI}/secretBackendIntermediateSetSigned:SecretBackendIntermediateSetSigned"
CA = {"commonName": "Example CA", "type": "internal", "keyType": "ec", "keyBits": 384}
TIDIES = {
    "enabled": True,
    "tidyCertStore": True,
    "tidyRevokedCerts": True,
    "tidyExpiredIssuers": True,
    "intervalDuration": "3600s",
    "safetyBuffer": "7200s",
}
pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module", autouse=True)
def rights(vault_provider: VaultProvider) -> None:
    """The deployer's rights, given to the administrator that these tests deploy as."""
    policy = vault_provider.read(f"sys/policies/acl/{ADMIN}")
    assert policy is not None
    paths = (
        "config/+",
        "config/auto-tidy",
        "roles/+",
        "issue/+",
        "root/sign-intermediate",
        "intermediate/set-signed",
    )
    paths += ("issuers/generate/root/internal", "issuers/generate/intermediate/internal")
    blocks = [f'path "+/{path}" {{ capabilities = ["create", "read", "update"] }}\n' for path in paths]
    text = policy["policy"] + "".join(blocks)
    vault_provider.send("PUT", f"sys/policies/acl/{ADMIN}", {"policy": text})


def mounted(make: Make, path: str, days: int = 365) -> dict[str, Any]:
    make(MOUNT, {"path": path, "type": "pki", "maxLeaseTtlSeconds": days * DAY})
    return {"backend": path}


def rooted(make: Make, path: str) -> dict[str, Any]:
    backend = mounted(make, path)
    make(ROOT, {**backend, **CA, "excludeCnFromSans": True, "ttl": str(365 * DAY)})
    return backend


def names_only(role: str, *domains: str) -> dict[str, Any]:
    return {
        "name": role,
        "allowedDomains": list(domains),
        "allowBareDomains": True,
        "allowLocalhost": False,
        "allowWildcardCertificates": False,
        "allowIpSans": False,
        "keyType": "ec",
        "keyBits": 256,
        "ttl": str(DAY),
        "maxTtl": str(DAY),
    }


@pytest.mark.parametrize(
    ("type_", "inputs", "change"),
    [
        (URLS, {"crlDistributionPoints": ["http://a.example/crl"]}, {"ocspServers": ["http://a.example/o"]}),
        (CRL, {"autoRebuild": True, "expiry": "72h"}, {"expiry": "48h"}),
        (TIDY, TIDIES, {"safetyBuffer": "3600s"}),
    ],
    ids=["urls", "crl", "tidy"],
)
def test_settings_are_written_once(make: Make, type_: str, inputs: dict[str, Any], change: dict[str, Any]):
    backend = mounted(make, f"pki-{type_[16:24].lower()}")
    states = [
        make(type_, {**backend, **values}).state
        for values in (inputs, inputs, inputs | change, inputs | change)
    ]
    assert states == ["updated", "same", "updated", "same"]


def test_auto_tidy_that_tidies_nothing_is_refused_by_the_server(make: Make):
    with pytest.raises(HandlerError, match="no tidy operations were requested"):
        make(TIDY, {**mounted(make, "pki-idle"), "enabled": True})


def test_a_time_that_the_provider_would_refuse_is_refused(make: Make):
    with pytest.raises(HandlerError, match="intervalDuration with a unit alone, such as 3600s"):
        make(TIDY, {**mounted(make, "pki-unit"), **TIDIES, "intervalDuration": "3600"})


def test_a_tidy_operation_that_the_product_drops_is_an_error(make: Make):
    with pytest.raises(HandlerError, match="differs from what was written in tidy_revocation_queue"):
        make(TIDY, {**mounted(make, "pki-queue"), **TIDIES, "tidyRevocationQueue": True})


def test_a_root_is_made_once_and_never_changed(make: Make):
    backend = mounted(make, "pki-root")
    wanted = {**backend, **CA, "excludeCnFromSans": True, "ttl": str(365 * DAY)}
    made = make(ROOT, wanted)
    assert (made.state, make(ROOT, wanted).state) == ("created", "same")
    assert "PRIVATE" not in str(made.outputs)
    with pytest.raises(HandlerError, match="differs in keyBits, which can't be changed"):
        make(ROOT, wanted | {"keyBits": 256})


def test_a_root_that_the_mount_would_cut_short_is_an_error(make: Make):
    backend = mounted(make, "pki-short", days=10)
    with pytest.raises(HandlerError, match="differs from what was written in ttl"):
        make(ROOT, {**backend, **CA, "ttl": str(365 * DAY)})


def test_only_a_key_that_stays_in_vault_is_made(make: Make):
    with pytest.raises(HandlerError, match="input type is supported here only as internal"):
        make(ROOT, {**mounted(make, "pki-export"), **CA, "type": "exported", "ttl": "3600"})


def test_an_intermediate_is_signed_by_another_mount(make: Make):
    root, below = rooted(make, "pki-over"), mounted(make, "pki-under", days=100)
    asked = {**below, **CA, "commonName": "Below", "excludeCnFromSans": True}
    request = make(REQUEST, asked)
    wanted = {"commonName": "Below", "maxPathLength": 0, "ttl": str(100 * DAY), "excludeCnFromSans": True}
    signed = make(SIGN, {**root, **wanted, "csr": request.outputs["csr"]})
    put = make(SET, {**below, "certificate": signed.outputs["certificateBundle"]})
    assert [made.state for made in (request, signed, put)] == ["created"] * 3
    again = make(REQUEST, asked)
    signed_again = make(SIGN, {**root, **wanted, "csr": again.outputs["csr"]})
    put_again = make(SET, {**below, "certificate": signed_again.outputs["certificateBundle"]})
    assert [made.state for made in (again, signed_again, put_again)] == ["same"] * 3
    assert signed_again.outputs["certificate"] == signed.outputs["certificate"]


def test_what_an_external_ca_signed_is_signed_by_the_sandbox(make: Make, notes: Notes):
    """The committed certificate belongs to the key of the real Vault."""
    foreign = rooted(make, "pki-foreign")
    theirs = make(ROOT, {**foreign, **CA, "excludeCnFromSans": True, "ttl": str(365 * DAY)}).outputs
    below = mounted(make, "pki-outside")
    make(REQUEST, {**below, **CA, "commonName": "Outside"})
    assert make(SET, {**below, "certificate": theirs["certificate"]}).state == "created"
    assert any("pki-outside" in line for line in notes.lists()["substitutions"])


def test_a_role_issues_its_name_and_no_other(make: Make, vault_provider: VaultProvider):
    backend = rooted(make, "pki-issue")
    wanted = {**backend, **names_only("api", "api.production.example")}
    assert [make(ROLE, wanted).state for _ in range(2)] == ["created", "same"]
    answer = vault_provider.send("POST", "pki-issue/issue/api", {"common_name": "api.production.example"})
    leaf = certificates.parse(answer.body["data"]["certificate"])
    leaf.verify_directly_issued_by(certificates.parse(answer.body["data"]["issuing_ca"]))
    with pytest.raises(HandlerError, match="not allowed by this role"):
        vault_provider.send("POST", "pki-issue/issue/api", {"common_name": "evil.example"})


def test_what_the_provider_would_allow_by_default_shows_in_the_role(
    make: Make, vault_provider: VaultProvider
):
    backend = rooted(make, "pki-default")
    make(ROLE, {**backend, "name": "loose", "allowedDomains": ["a.example"], "keyType": "ec", "keyBits": 256})
    found = vault_provider.read("pki-default/roles/loose") or {}
    allowed = {name for name in found if name.startswith("allow_") and found[name] is True}
    assert {"allow_localhost", "allow_ip_sans", "allow_wildcard_certificates"} <= allowed


@pytest.mark.parametrize("type_", [URLS, CRL, TIDY, ROLE, ROOT, REQUEST, SIGN, SET])
def test_an_input_without_handler_is_refused(make: Make, type_: str):
    given = {"name": "n", "csr": "c", "certificate": "c", "ttl": "3600", "enabled": False}
    needed = {URLS: (), CRL: (), TIDY: ("enabled",), ROLE: ("name",), ROOT: ("ttl",), REQUEST: ()}
    needed |= {SIGN: ("csr", "ttl"), SET: ("certificate",)}
    inputs: dict[str, Any] = {name: given[name] for name in needed[type_]}
    inputs |= CA if type_ in (ROOT, REQUEST) else {"commonName": "n"} if type_ == SIGN else {}
    with pytest.raises(HandlerError, match="no handler for input colour"):
        make(type_, {"backend": "never", **inputs, "colour": "red"})


def test_a_mount_really_tidies_itself(make: Make, vault_provider: VaultProvider):
    """The server looks once a minute; what ended before its buffer is gone then."""
    backend = rooted(make, "pki-tidied")
    make(ROLE, {**backend, **names_only("api", "api.example"), "ttl": "1"})
    make(TIDY, {**backend, **TIDIES, "intervalDuration": "1s", "safetyBuffer": "1s"})
    answer = vault_provider.send("POST", "pki-tidied/issue/api", {"common_name": "api.example", "ttl": "1s"})
    path = f"pki-tidied/cert/{answer.body['data']['serial_number']}"
    assert vault_provider.read(path) is not None
    until = time.monotonic() + 150
    while vault_provider.read(path) is not None:
        assert time.monotonic() < until, "an expired certificate is still there"
        time.sleep(1)
    assert vault_provider.read("pki-tidied/cert/ca") is not None
