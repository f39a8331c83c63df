"""Stack files with certificates that are refused, each with the whole message."""

from __future__ import annotations

from typing import Any

import pytest

from components.config.errors import ConfigError
from components.config.load import parse
from tests.stacks.read import ROOT, changed

SECRET, WEB, TOP = "secrets/shop-cert", "shared/pkiMounts/web", "shared/pkiMounts/root"
CASES: list[tuple[str, dict[str, Any], str]] = [
    (
        "a glob for a domain",
        {f"{SECRET}/domains": ["*.crypt.example"]},
        'secrets.shop-cert.domains.0: got "*.crypt.example"; allowed: one host or domain name in lower case, '
        "without wildcards; remedy: write the name out, such as api.production.example; a role issues "
        "exactly "
        "its names",
    ),
    (
        "any name",
        {f"{SECRET}/domains": []},
        "secrets.shop-cert.domains: got an empty list; allowed: the names that the role issues; remedy: name "
        "at least one; a role never issues any name",
    ),
    (
        "every name below a top-level domain",
        {f"{SECRET}/domains": ["example"], f"{SECRET}/allowSubdomains": True},
        'secrets.shop-cert.domains: got "example"; allowed: with allowSubdomains, domains of two labels at '
        "least; remedy: name the domain that is yours, such as production.example",
    ),
    (
        "no name at all",
        {f"{SECRET}/bareDomains": False},
        "secrets.shop-cert.bareDomains: got false, with allowSubdomains: false; allowed: at least one of the "
        "two; remedy: remove bareDomains: the role would issue nothing",
    ),
    (
        "good for nothing",
        {f"{SECRET}/server": False},
        "secrets.shop-cert.server: got false, with client: false; allowed: server, client, or both; remedy: "
        "say what the certificate is for: it would be good for nothing",
    ),
    (
        "a life longer than the longest",
        {f"{SECRET}/maxTtlSeconds": 3600},
        "secrets.shop-cert.ttlSeconds: got 86400; allowed: at most maxTtlSeconds, 3600; remedy: lower "
        "ttlSeconds, or raise maxTtlSeconds: the server would cut it in silence",
    ),
    (
        "a life longer than the mount's",
        {f"{WEB}/maxTtlSeconds": 3600},
        "secrets.shop-cert.ttlSeconds: got 86400; allowed: at most 3600, the maxTtlSeconds of "
        "shared.pkiMounts.web; remedy: shorten it, or raise the mount's",
    ),
    (
        "an unknown mount",
        {f"{SECRET}/mount": "wbe"},
        'secrets.shop-cert.mount: got "wbe"; allowed: a key of shared.pkiMounts: partner, root, web; remedy: '
        "declare the mount in shared.pkiMounts, or correct the name",
    ),
    (
        "a size no key has",
        {f"{SECRET}/keyBits": 2048},
        "secrets.shop-cert.keyBits: got 2048; allowed: for ec: 256, 384, 521; remedy: leave the key out for "
        "a good size",
    ),
    (
        "a mount that waits for its certificate",
        {"shared/pkiMounts/partner/certificateFile": ...},
        'secrets.partner-cert.mount: got "partner", which has no certificate yet; allowed: a mount whose CA '
        "can issue; remedy: deploy the mount without this secret, have its output csr signed, commit the "
        "answer and name it in shared.pkiMounts.partner.certificateFile",
    ),
    (
        "a certificate file that is none",
        {"shared/pkiMounts/partner/certificateFile": "Makefile"},
        'shared.pkiMounts.partner.certificateFile: got "Makefile", which is not a certificate; allowed: a '
        "PEM file of certificates, no private key; remedy: save the file in the project and name it relative "
        "to the project folder",
    ),
    (
        "auto-tidy that tidies nothing",
        {f"{WEB}/tidy": {"certificates": False, "revokedCertificates": False}},
        "shared.pkiMounts.web.tidy: got certificates: false and revokedCertificates: false; allowed: at "
        "least "
        "one of the two; remedy: remove them: every issued certificate would stay in the storage for ever",
    ),
    (
        "a CA without a name",
        {f"{WEB}/commonName": ...},
        "shared.pkiMounts.web.commonName: got nothing; allowed: the name of the CA, as it stands in its "
        "certificate; remedy: add it, or write manage: existing",
    ),
    (
        "a root that somebody signs",
        {f"{WEB}/kind": "root"},
        "shared.pkiMounts.web.signedBy: got a key that only an intermediate has; allowed: no signer: a root "
        "signs itself; remedy: write kind: intermediate, or remove the key",
    ),
    (
        "an intermediate that an intermediate signs",
        {f"{WEB}/signedBy": "partner"},
        'shared.pkiMounts.web.signedBy: got "partner"; allowed: a key of shared.pkiMounts of kind root: '
        "root; "
        "remedy: name the root, or leave the key out where an external CA signs",
    ),
    (
        "an intermediate that outlives its root",
        {f"{TOP}/caTtlSeconds": 157_680_000},
        "shared.pkiMounts.web.caTtlSeconds: got 157680000; allowed: less than the 157680000 seconds of root; "
        "remedy: shorten it: no certificate outlives its signer",
    ),
    (
        "certificates that outlive their CA",
        {f"{WEB}/caTtlSeconds": 1_000_000},
        "shared.pkiMounts.web.maxTtlSeconds: got 7776000; allowed: less than the 1000000 seconds of the CA "
        "itself; remedy: shorten it, or raise caTtlSeconds: no certificate outlives its CA",
    ),
    (
        "two signers",
        {"shared/pkiMounts/partner/signedBy": "root"},
        "shared.pkiMounts.partner.certificateFile: got a signed certificate beside signedBy; allowed: one of "
        "the two; remedy: remove signedBy where an external CA signs, else certificateFile",
    ),
    (
        "a signer of a mount that exists",
        {f"{WEB}/manage": "existing"},
        "shared.pkiMounts.web.signedBy: got a signer of a mount that exists; allowed: with manage: existing "
        "only what the secrets need; remedy: remove the key: the mount's owner sees to its CA",
    ),
    (
        "a mount below another",
        {f"{WEB}/mount": "transit-{environment}/pki"},
        "shared.pkiMounts.web.mount: got \"transit-crypt/pki\"; allowed: a path that isn't, and isn't below, "
        "another mount; remedy: shared.transitMounts.keys is at transit-crypt; choose another path",
    ),
    (
        "a role that two secrets have",
        {"secrets/other": {"backend": "pki", "mount": "web", "role": "shop", "domains": ["a.example"]}},
        'secrets.other.role: got "shop"; allowed: a place that no other secret has; remedy: '
        "secrets.shop-cert "
        "is kept there; give one of them another role",
    ),
    (
        "a Vault whose mounts don't tidy themselves",
        {"facts/vault/product": "vault", "facts/vault/version": "1.11"},
        'facts.vault.version: got "1.11"; allowed: a version whose PKI mounts tidy themselves, Vault 1.12 or '
        "newer; remedy: upgrade the server, or take away shared.pkiMounts root, partner, web",
    ),
]


@pytest.mark.parametrize(("change", "line"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_it_is_refused_in_these_words(change: dict[str, Any], line: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(changed("engines", change), file="engines.yaml", folder=ROOT)
    assert str(refused.value).splitlines() == [f"engines.yaml: {line}"]


def test_a_key_that_would_allow_any_name_is_not_known() -> None:
    with pytest.raises(ConfigError, match=r"secrets\.shop-cert\.allowAnyName: got a key that is not known"):
        parse(changed("engines", {f"{SECRET}/allowAnyName": True}), file="engines.yaml", folder=ROOT)
