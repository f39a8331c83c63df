"""A PKI role."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from components.vault.pki_mount import PkiMount, PkiMountArgs
from components.vault.pki_role import TOKEN, PkiRole, PkiRoleArgs
from tests.engine import declare, inside, names
from workload_secrets.graph.model import Graph, Mode

ROLE = "vault:pkiSecret/secretBackendRole:SecretBackendRole"
MODES: tuple[Mode, ...] = ("preview", "update")


def role(mode: Mode = "update", **given: Any) -> Graph:
    life = {"ttl_seconds": 3600, "max_ttl_seconds": 7200}
    args = PkiRoleArgs(mount="pki", role="api", domains=("api.production.example",), **life, **given)
    return declare(lambda opts: PkiRole("cert", args, opts), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_role_issues_its_names_and_says_no_to_all_the_provider_would_allow(mode: Mode):
    found = role(mode).only(ROLE).inputs
    assert found["allowedDomains"] == ["api.production.example"]
    allowed = {name for name, value in found.items() if name.startswith("allow") and value is True}
    assert allowed == {"allowBareDomains"}
    for name in ("Localhost", "WildcardCertificates", "IpSans", "AnyName", "GlobDomains", "Subdomains"):
        assert found[f"allow{name}"] is False
    assert (found["serverFlag"], found["clientFlag"]) == (True, False)
    assert (found["ttl"], found["maxTtl"]) == ("3600", "7200")
    assert found["enforceHostnames"] is found["requireCn"] is True


def test_only_what_is_declared_is_allowed_more():
    found = role(allow_subdomains=True, ip_sans=True, client=True, bare_domains=False).only(ROLE).inputs
    allowed = {name for name, value in found.items() if name.startswith("allow") and value is True}
    assert allowed == {"allowSubdomains", "allowIpSans"}
    assert found["clientFlag"] is True


@pytest.mark.parametrize(
    ("kind", "bits", "usages"),
    [
        ("ec", 256, ["DigitalSignature", "KeyAgreement"]),
        ("rsa", 2048, ["DigitalSignature", "KeyEncipherment"]),
        ("ed25519", 0, ["DigitalSignature"]),
    ],
)
def test_a_key_is_used_for_what_its_kind_can_do(kind: str, bits: int, usages: list[str]):
    found = role(key_type=kind, key_bits=bits).only(ROLE).inputs
    assert (found["keyType"], found["keyBits"], found["keyUsages"]) == (kind, bits, usages)


def test_a_role_waits_for_the_ca_that_signs():
    def program(opts: pulumi.ResourceOptions) -> None:
        mount = PkiMount("web", PkiMountArgs(path="pki", common_name="A", ca_ttl_seconds=86400 * 99), opts)
        args = PkiRoleArgs(
            mount="pki",
            role="r",
            domains=("a.example",),
            ttl_seconds=1,
            max_ttl_seconds=1,
            issuer=mount.issuer,
        )
        PkiRole("cert", args, opts)

    graph = declare(program)
    assert "web-root" in names(graph, graph.only(ROLE).options.depends_on)


def test_the_output_is_the_path_that_issues():
    graph = role()
    assert graph.only(TOKEN).outputs == {"path": "pki/issue/api"}
    assert len(inside(graph, TOKEN)) == 1
