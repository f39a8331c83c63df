"""Roles of those that are no pods, and the policy each gets."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_vault as vault
import pytest

from components.documents.vault_policy import VaultGrant
from components.vault import approle_role, cert_role, jwt_role
from components.vault.approle_role import AppRole, AppRoleArgs
from components.vault.cert_role import CertRole, CertRoleArgs
from components.vault.jwt_role import JwtRole, JwtRoleArgs
from tests.engine import declare, inside, names, only
from tests.stacks.read import ROOT
from workload_secrets.graph.model import Graph, Mode

POLICY = "vault:index/policy:Policy"
JWT = "vault:jwt/authBackendRole:AuthBackendRole"
APPROLE = "vault:appRole/authBackendRole:AuthBackendRole"
CERT = "vault:index/certAuthBackendRole:CertAuthBackendRole"
MODES: tuple[Mode, ...] = ("preview", "update")
CA = (ROOT / "certs" / "dev-vault.pem").read_text("ascii")
COMMON: dict[str, Any] = {
    "role_name": "deploy",
    "policy_name": "dev-deploy",
    "grants": (VaultGrant(mount="apps-dev", path="billing/api"),),
    "token_ttl_seconds": 600,
    "token_max_ttl_seconds": 1200,
}
TOKENS = {
    "tokenPolicies": ["dev-deploy"],
    "tokenTtl": 600,
    "tokenMaxTtl": 1200,
    "tokenNoDefaultPolicy": False,
}


def jwt(opts: pulumi.ResourceOptions, **changes: Any) -> JwtRole:
    given: dict[str, Any] = {
        "auth_mount": "ci",
        "subject": "repo:acme/shop:ref:refs/heads/main",
        "audience": "vault",
    }
    return JwtRole("deploy", JwtRoleArgs(**(COMMON | given | changes)), opts)


def approle(opts: pulumi.ResourceOptions, **changes: Any) -> AppRole:
    given: dict[str, Any] = {
        "auth_mount": "machines",
        "bound_cidrs": ("10.1.0.5/32", "10.2.0.0/24"),
        "token_bound_cidrs": ("10.1.0.5/32", "10.2.0.0/24"),
        "secret_id_ttl_seconds": 600,
        "secret_id_uses": 1,
    }
    return AppRole("deploy", AppRoleArgs(**(COMMON | given | changes)), opts)


def cert(opts: pulumi.ResourceOptions, **changes: Any) -> CertRole:
    given: dict[str, Any] = {
        "auth_mount": "cert",
        "ca_pem": CA,
        "common_name": "edge",
        "dns_sans": ("edge.example",),
    }
    return CertRole("deploy", CertRoleArgs(**(COMMON | given | changes)), opts)


KINDS: dict[str, tuple[Any, str, str]] = {
    "jwt": (jwt, jwt_role.TOKEN, JWT),
    "approle": (approle, approle_role.TOKEN, APPROLE),
    "cert": (cert, cert_role.TOKEN, CERT),
}


def role(kind: str, mode: Mode = "update", **changes: Any) -> Graph:
    return declare(lambda opts: KINDS[kind][0](opts, **changes), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_jwt_role_binds_one_subject_and_one_audience_without_leeway(mode: Mode) -> None:
    assert role("jwt", mode).only(JWT).inputs == {
        "backend": "ci",
        "roleName": "deploy",
        "roleType": "jwt",
        "userClaim": "sub",
        "boundSubject": "repo:acme/shop:ref:refs/heads/main",
        "boundAudiences": ["vault"],
        "clockSkewLeeway": -1,
        "expirationLeeway": -1,
        "notBeforeLeeway": -1,
        **TOKENS,
    }


@pytest.mark.parametrize("mode", MODES)
def test_an_approle_binds_networks_uses_and_time_and_has_no_secret_id(mode: Mode) -> None:
    graph = role("approle", mode)
    assert graph.only(APPROLE).inputs == {
        "backend": "machines",
        "roleName": "deploy",
        "bindSecretId": True,
        "secretIdBoundCidrs": ["10.1.0.5/32", "10.2.0.0/24"],
        "secretIdTtl": 600,
        "secretIdNumUses": 1,
        "tokenBoundCidrs": ["10.1.0.5", "10.2.0.0/24"],
        **TOKENS,
    }
    assert not any("ecretID" in r.type or "secretId" in r.type for r in graph.resources)


@pytest.mark.parametrize("mode", MODES)
def test_a_certificate_role_binds_authority_and_names(mode: Mode) -> None:
    assert role("cert", mode).only(CERT).inputs == {
        "backend": "cert",
        "name": "deploy",
        "displayName": "deploy",
        "certificate": CA,
        "allowedCommonNames": ["edge"],
        "allowedDnsSans": ["edge.example"],
        **TOKENS,
    }


def test_a_kind_of_name_that_is_not_given_is_not_bound() -> None:
    inputs = role("cert", dns_sans=()).only(CERT).inputs
    assert "allowedDnsSans" not in inputs
    assert inputs["allowedCommonNames"] == ["edge"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", MODES)
def test_every_kind_has_its_role_and_a_policy_of_exact_paths(kind: str, mode: Mode) -> None:
    graph = role(kind, mode)
    assert {(r.type, r.name) for r in inside(graph, KINDS[kind][1])} == {
        (POLICY, "deploy-policy"),
        (KINDS[kind][2], "deploy-role"),
    }
    policy = graph.only(POLICY)
    assert policy.inputs["allowOverwrite"] is False
    assert policy.inputs["name"] == "dev-deploy"
    assert 'path "apps-dev/data/billing/api"' in policy.inputs["policy"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_role_waits_for_its_mount_and_a_policy_for_its_namespace(kind: str) -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        mount = vault.AuthBackend("mount", type="approle", opts=only(opts, "vault"))
        space = vault.Namespace("space", path="team", opts=only(opts, "vault"))
        KINDS[kind][0](opts, auth_backend=mount, namespace_resource=space)

    graph = declare(program)
    assert names(graph, graph.only(KINDS[kind][2]).options.depends_on) >= {"mount"}
    assert names(graph, graph.only(POLICY).options.depends_on) == {"space"}


@pytest.mark.parametrize("kind", KINDS)
def test_outputs_name_role_policy_and_mount(kind: str) -> None:
    graph = role(kind)
    outputs = graph.only(KINDS[kind][1]).outputs
    assert outputs["role_name"] == "deploy"
    assert outputs["policy_name"] == "dev-deploy"
    assert outputs["auth_mount"] == graph.only(KINDS[kind][2]).inputs["backend"]


def test_a_certificate_role_waits_for_its_authority() -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        mount = vault.AuthBackend("mount", type="cert", opts=only(opts, "vault"))
        ca = vault.Mount("ca", type="pki", path="pki", opts=only(opts, "vault"))
        cert(opts, auth_backend=mount, authority=ca)

    graph = declare(program)
    assert names(graph, graph.only(CERT).options.depends_on) >= {"mount", "ca"}
