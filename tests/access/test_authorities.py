"""Which PKI mount a CA's certificate belongs to, in symbols and as servers make it."""

from __future__ import annotations

from dataclasses import replace

from tests.access.conftest import PROJECT
from tests.stacks.read import path
from workload_secrets.access.authorities import authorities
from workload_secrets.graph.capture import capture
from workload_secrets.graph.model import Graph, Resource

SIGNED = "vault:pkiSecret/secretBackendRootSignIntermediate:SecretBackendRootSignIntermediate"
ROLE = "vault:index/certAuthBackendRole:CertAuthBackendRole"


def space(resource: Resource) -> str:
    return "team" if "web" in resource.name else ""


def graph() -> Graph:
    return capture(PROJECT, str(path("gateway-logins")))


def test_every_ca_that_the_graph_makes_is_named_by_its_mount() -> None:
    found = authorities(graph(), space)
    assert sorted(found.values()) == ["pki::pki/root-edge", "pki:team:pki/edge"]


def test_a_roles_authority_is_the_ca_of_its_mount() -> None:
    captured = graph()
    found = authorities(captured, space)
    roles = {r.name: found[str(r.inputs["certificate"])] for r in captured.of(ROLE)}
    assert roles == {"appliance-role": "pki::pki/root-edge", "pods-by-cert-role": "pki:team:pki/edge"}


def test_a_certificate_of_a_request_that_is_not_here_belongs_to_no_mount() -> None:
    captured = graph()
    resources = tuple(
        replace(r, inputs={**r.inputs, "csr": "another"}) if r.type == SIGNED else r
        for r in captured.resources
    )
    assert list(authorities(replace(captured, resources=resources), space).values()) == ["pki::pki/root-edge"]
