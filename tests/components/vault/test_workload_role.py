"""The Vault role and policy of a workload."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_vault as vault
import pytest

from components.documents.vault_policy import VaultGrant
from components.vault.workload_role import TOKEN, WorkloadRole, WorkloadRoleArgs
from tests.engine import declare, inside, names, only
from workload_secrets.graph.model import Graph, Mode

POLICY = "vault:index/policy:Policy"
KUBERNETES = "vault:kubernetes/authBackendRole:AuthBackendRole"
JWT = "vault:jwt/authBackendRole:AuthBackendRole"
MODES: tuple[Mode, ...] = ("preview", "update")


def args(**changes: Any) -> WorkloadRoleArgs:
    given: dict[str, Any] = {
        "auth_mount": "kubernetes",
        "method": "kubernetes",
        "role_name": "pmp-secret-accessor-role",
        "policy_name": "dev-pmp",
        "namespace": "feature-test",
        "service_account": "mxplatform",
        "audience": "https://kubernetes.default.svc",
        "grants": (VaultGrant(mount="pmp-dev", path="admin"),),
        "token_ttl_seconds": 1200,
        "token_max_ttl_seconds": 3600,
    }
    return WorkloadRoleArgs(**(given | changes))


def role(mode: Mode = "update", **changes: Any) -> Graph:
    return declare(lambda opts: WorkloadRole("pmp", args(**changes), opts), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_kubernetes_role_is_exact(mode: Mode):
    graph = role(mode)
    assert graph.only(KUBERNETES).inputs == {
        "backend": "kubernetes",
        "roleName": "pmp-secret-accessor-role",
        "boundServiceAccountNames": ["mxplatform"],
        "boundServiceAccountNamespaces": ["feature-test"],
        "audience": "https://kubernetes.default.svc",
        "tokenPolicies": ["dev-pmp"],
        "tokenTtl": 1200,
        "tokenMaxTtl": 3600,
        "tokenNoDefaultPolicy": False,
    }
    assert {(r.type, r.name) for r in inside(graph, TOKEN)} == {
        (POLICY, "pmp-policy"),
        (KUBERNETES, "pmp-role"),
    }


@pytest.mark.parametrize("mode", MODES)
def test_a_jwt_role_is_exact_and_gives_no_leeway(mode: Mode):
    inputs = role(mode, method="jwt").only(JWT).inputs
    assert inputs == {
        "backend": "kubernetes",
        "roleName": "pmp-secret-accessor-role",
        "roleType": "jwt",
        "userClaim": "sub",
        "boundSubject": "system:serviceaccount:feature-test:mxplatform",
        "boundAudiences": ["https://kubernetes.default.svc"],
        "clockSkewLeeway": -1,
        "expirationLeeway": -1,
        "notBeforeLeeway": -1,
        "tokenPolicies": ["dev-pmp"],
        "tokenTtl": 1200,
        "tokenMaxTtl": 3600,
        "tokenNoDefaultPolicy": False,
    }


@pytest.mark.parametrize("mode", MODES)
def test_a_policy_never_overwrites_a_foreign_one(mode: Mode):
    policy = role(mode).only(POLICY)
    assert policy.inputs["allowOverwrite"] is False
    assert policy.inputs["name"] == "dev-pmp"
    assert 'path "pmp-dev/data/admin"' in policy.inputs["policy"]


@pytest.mark.parametrize("method", ["kubernetes", "jwt"])
def test_the_role_waits_for_its_policy_and_the_mount_the_policy_for_neither(method: str):
    def program(opts: pulumi.ResourceOptions) -> None:
        backend = vault.AuthBackend(
            "backend",
            type="kubernetes",
            opts=only(opts, "vault"),
        )
        WorkloadRole("pmp", args(method=method, auth_backend=backend), opts)

    graph = declare(program)
    made = graph.only(JWT if method == "jwt" else KUBERNETES)
    assert names(graph, made.options.depends_on) == {"backend", "pmp-policy"}
    assert graph.only(POLICY).options.depends_on == ()


def test_the_outputs_name_role_policy_and_mount():
    assert role().only(TOKEN).outputs == {
        "role_name": "pmp-secret-accessor-role",
        "policy_name": "dev-pmp",
        "auth_mount": "kubernetes",
    }
