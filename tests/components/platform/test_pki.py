"""Certificates and keys of a whole stack, as the platform declares them."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.config.load import parse
from components.documents.engines.pki import deployer_paths, used_mounts
from tests.engine import names
from tests.stacks.read import changed
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph, Mode

PROJECT = Path(__file__).parents[3]
PKI = "vault:pkiSecret"
ROLE = f"{PKI}/secretBackendRole:SecretBackendRole"
SET = f"{PKI}/secretBackendIntermediateSetSigned:SecretBackendIntermediateSetSigned"
SIGN = f"{PKI}/secretBackendRootSignIntermediate:SecretBackendRootSignIntermediate"
TOP = f"{PKI}/secretBackendRootCert:SecretBackendRootCert"
CERT = "vault:index/certAuthBackendRole:CertAuthBackendRole"
POLICY = "vault:index/policy:Policy"


@pytest.fixture(scope="module")
def engines() -> Graph:
    return capture(PROJECT, "tests/stacks/engines.yaml")


@pytest.fixture(scope="module")
def existing() -> Graph:
    return capture(PROJECT, "tests/stacks/engines-existing.yaml")


def test_a_role_waits_for_the_certificate_of_its_mount(engines: Graph) -> None:
    waits = {role.name: names(engines, role.options.depends_on) for role in engines.of(ROLE)}
    assert "web-certificate" in waits["shop-cert-role"]
    assert "partner-certificate" in waits["partner-cert-role"]


def test_an_intermediate_waits_for_its_root(engines: Graph) -> None:
    assert "root-root" in names(engines, engines.only(SIGN).options.depends_on)


def test_the_committed_answer_of_an_external_ca_is_put_in_place(engines: Graph) -> None:
    (put,) = [found for found in engines.of(SET) if found.name == "partner-certificate"]
    assert put.inputs["certificate"] == (PROJECT / "tests/stacks/partner-ca.pem").read_text()


def test_a_workload_gets_its_verbs_and_no_other(engines: Graph) -> None:
    policies = {policy.name: str(policy.inputs["policy"]) for policy in engines.of(POLICY)}
    assert 'path "transit-crypt/encrypt/pii"' in policies["shop-policy"]
    assert "decrypt" not in policies["shop-policy"]
    assert "encrypt" not in policies["export-policy"]
    assert 'path "transit-crypt/rewrap/pii"' in policies["rewrapper-policy"]
    assert not any("*" in line for line in policies["export-policy"].splitlines())


def test_the_deployer_uses_nothing_of_what_it_makes(engines: Graph) -> None:
    text = str(engines.platform_output("deployer")["vault"])
    assert 'path "pki/crypt/roles/shop"' in text
    for request in ("issue/", "sign/", "encrypt/", "decrypt/", "rewrap/", "export/", "rotate", "exported"):
        assert f"/{request}" not in text


def test_on_mounts_of_somebody_else_only_roles_and_keys_are_made(existing: Graph) -> None:
    made = {
        found.type for found in existing.resources if found.type.startswith(("vault:pki", "vault:transit"))
    }
    assert made == {ROLE, "vault:transit/secretBackendKey:SecretBackendKey"}
    assert "vault:index/mount:Mount" not in {found.type for found in existing.resources}


def test_no_private_key_and_no_exported_one_is_asked_for(engines: Graph) -> None:
    assert "PRIVATE KEY" not in str([found.inputs for found in engines.resources])
    kinds = {found.inputs.get("type") for found in engines.resources if found.type.startswith(PKI)}
    assert kinds <= {None, "internal"}


@pytest.mark.parametrize("mode", ["preview", "update"])
def test_a_login_by_certificate_trusts_the_ca_that_the_stack_makes(mode: Mode) -> None:
    graph = capture(PROJECT, "tests/stacks/gateway-logins.yaml", mode=mode)
    roles = {role.name: role for role in graph.of(CERT)}
    assert "web-certificate" in names(graph, roles["pods-by-cert-role"].options.depends_on)
    assert "root-root" in names(graph, roles["appliance-role"].options.depends_on)
    if mode == "update":
        cas = {r.name: r.outputs["certificate"] for kind in (SIGN, TOP) for r in graph.of(kind)}
        assert roles["pods-by-cert-role"].inputs["certificate"] == cas["web-signed"]
        assert roles["appliance-role"].inputs["certificate"] == cas["root-root"]


def test_a_ca_is_made_for_logins_alone() -> None:
    config = parse(
        changed(
            "gateway-logins",
            {
                "secrets/gateway-cert": ...,
                "secrets/shop-cert": ...,
                "workloads/kong-dp/reads": ["redis"],
                "workloads/shop/reads": ["shop"],
            },
        ),
        file="edge.yaml",
    )
    assert list(used_mounts(config)) == ["root", "web"]
    assert "pki/edge/root/sign-intermediate" not in deployer_paths(config)
    assert deployer_paths(config)["pki/root-edge/root/sign-intermediate"] == ("update",)
