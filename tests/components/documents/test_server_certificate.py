"""cert-manager's objects: exact names, and a CA that outlives its certificates."""

from __future__ import annotations

from components.documents.server_certificate import certificate_objects
from tests.stacks import server

ISSUER = {"source": "issuer", "issuer": {"name": "corporate"}}


def test_a_ca_of_the_servers_own_comes_before_its_certificate() -> None:
    made = certificate_objects(server.stack())
    assert [(item.kind, item.name) for item in made] == [
        ("Issuer", "openbao-ca-self-signed"),
        ("Certificate", "openbao-ca"),
        ("Issuer", "openbao-ca"),
        ("Certificate", "openbao-tls"),
    ]
    assert {item.namespace for item in made} == {"vault"}


def test_renewing_the_ca_keeps_its_key_and_renewing_the_server_changes_it() -> None:
    _, ca, _, certificate = certificate_objects(server.stack())
    assert ca.spec["isCA"] is True
    assert ca.spec["privateKey"]["rotationPolicy"] == "Never"
    assert certificate.spec["privateKey"]["rotationPolicy"] == "Always"
    assert "isCA" not in certificate.spec


def test_the_certificate_holds_every_name_that_is_used_and_no_wildcard() -> None:
    certificate = certificate_objects(
        server.stack({"vaultServer/address": "https://vault.corp.example:8200"})
    )[-1]
    assert certificate.spec["dnsNames"] == [
        "openbao.vault.svc",
        "openbao-active.vault.svc",
        "openbao-0.openbao-internal.vault.svc",
        "openbao-1.openbao-internal.vault.svc",
        "openbao-2.openbao-internal.vault.svc",
        "localhost",
        "vault.corp.example",
    ]
    assert certificate.spec["ipAddresses"] == ["127.0.0.1"]


def test_a_given_issuer_signs_alone() -> None:
    (certificate,) = certificate_objects(server.stack({"vaultServer/tls": ISSUER}))
    assert certificate.spec["issuerRef"] == {
        "name": "corporate",
        "kind": "ClusterIssuer",
        "group": "cert-manager.io",
    }


def test_a_given_secret_needs_no_object() -> None:
    assert certificate_objects(server.stack({"vaultServer/tls": {"source": "secret"}})) == ()
