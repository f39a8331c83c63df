"""Whose CA vouches for a client certificate, and that nobody else is issued its name."""

from __future__ import annotations

from typing import Any

import pytest

from components.config.errors import ConfigError
from components.config.load import parse
from tests.stacks.read import ROOT, changed

STACK = "gateway-logins"
AUTH, APPLIANCE = "gateways/pods/vaults/by-cert/auth", "workloads/appliance/identity"
KEY = "gateways.pods.vaults.by-cert.auth"


def refused(change: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigError) as problem:
        parse(changed(STACK, change), file="edge.yaml", folder=ROOT)
    return str(problem.value).splitlines()


def taken(change: dict[str, Any]) -> bool:
    parse(changed(STACK, change), file="edge.yaml", folder=ROOT)
    return True


def test_both_a_file_and_a_mount_are_refused() -> None:
    assert refused({f"{AUTH}/caFile": "certs/dev-vault.pem"}) == [
        f"edge.yaml: {KEY}.caFile: got a file beside pkiMount; allowed: one authority: caFile, or pkiMount, "
        "a key of shared.pkiMounts; remedy: remove one of the two"
    ]


def test_no_authority_at_all_is_refused() -> None:
    assert refused({f"{APPLIANCE}/pkiMount": ...}) == [
        "edge.yaml: workloads.appliance.identity.caFile: got nothing; allowed: one authority: caFile, or "
        "pkiMount, a key of shared.pkiMounts; remedy: name who signs the certificate"
    ]


def test_a_mount_that_is_not_declared_is_refused() -> None:
    (line,) = refused({f"{AUTH}/pkiMount": "wbe"})
    assert line.startswith(f'edge.yaml: {KEY}.pkiMount: got "wbe"; ')
    assert "allowed: a key of shared.pkiMounts: root, web" in line


@pytest.mark.parametrize(
    ("mount", "reason"),
    [
        ({"mount": "partner", "manage": "existing"}, "a mount that somebody else makes"),
        (
            {
                "mount": "partner",
                "kind": "intermediate",
                "commonName": "Partner",
                "certificateFile": "tests/stacks/partner-ca.pem",
            },
            "whose certificate an external CA signs",
        ),
        (
            {"mount": "partner", "kind": "intermediate", "commonName": "Partner"},
            "whose certificate an external CA signs",
        ),
    ],
    ids=["existing", "signed", "waiting"],
)
def test_a_ca_whose_certificate_is_not_known_is_refused(mount: dict[str, Any], reason: str) -> None:
    assert refused({"shared/pkiMounts/partner": mount, f"{AUTH}/pkiMount": "partner"}) == [
        f'edge.yaml: {KEY}.pkiMount: got "partner", {reason}; allowed: a mount whose CA this stack '
        "makes: with manage: create, a root or signedBy one; remedy: save the certificate of that CA in the "
        "project and name it in caFile"
    ]


def test_a_name_that_another_workload_is_issued_is_refused() -> None:
    assert refused({f"{AUTH}/commonName": "shop.edge.example"}) == [
        f'edge.yaml: {KEY}.commonName: got "shop.edge.example", which shop gets a client certificate for: it '
        "reads secrets.shop-cert; allowed: a name that nobody else is issued: whoever holds the certificate "
        "logs in; remedy: choose another commonName, take the name or client off secrets.shop-cert, or take "
        "the secret away from shop"
    ]


@pytest.mark.parametrize(
    "change",
    [
        {f"{AUTH}/commonName": "Shop.Edge.example"},
        {"secrets/shop-cert/domains": ["shop.edge.example", "kong.edge.example"]},
        {
            "secrets/shop-cert/domains": ["edge.example"],
            "secrets/shop-cert/allowSubdomains": True,
            f"{APPLIANCE}/pkiMount": "web",
            f"{APPLIANCE}/commonName": "other",
        },
        {"workloads/shop/reads": ["shop", "shop-cert", "gateway-cert"]},
    ],
    ids=["another-case", "one-of-several", "a-name-below", "the-same-role"],
)
def test_every_way_to_such_a_certificate_is_found(change: dict[str, Any]) -> None:
    lines = refused(change)
    assert [line.split(": got")[0] for line in lines] == [f"edge.yaml: {KEY}.commonName"]
    assert "which shop gets a client certificate for" in lines[0]


def test_a_certificate_of_a_lower_ca_with_its_chain_counts_too() -> None:
    (line,) = refused({f"{APPLIANCE}/commonName": "shop.edge.example", f"{APPLIANCE}/dnsSans": []})
    assert "workloads.appliance.identity.commonName" in line
    assert "which shop gets a client certificate for" in line


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"secrets/shop-cert/client": False, f"{AUTH}/commonName": "shop.edge.example"},
        {f"{AUTH}/commonName": "shop.edge.example", f"{AUTH}/dnsSans": ["only-here.edge.example"]},
        {
            "secrets/shop-cert/domains": ["kong.edge.example"],
            "secrets/shop-cert/bareDomains": False,
            "secrets/shop-cert/allowSubdomains": True,
        },
        {"secrets/shop-cert/mount": "root", f"{AUTH}/commonName": "shop.edge.example"},
    ],
    ids=["own-workload", "no-client", "no-such-dns-name", "only-below", "the-ca-above"],
)
def test_what_gives_nobody_else_such_a_certificate_is_taken(change: dict[str, Any]) -> None:
    assert taken(change)


def test_one_name_under_a_ca_and_the_one_below_is_refused() -> None:
    lines = refused({f"{APPLIANCE}/commonName": "kong.edge.example"})
    assert (
        'edge.yaml: workloads.appliance.identity.commonName: got "kong.edge.example", the name of '
        "gateways.pods.vaults.by-cert too, whose CA is below; allowed: a name of its own; remedy: rename one "
        "of the two, or give both the lower CA and names of their own"
    ) in lines
