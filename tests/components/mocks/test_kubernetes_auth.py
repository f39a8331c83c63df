"""The Kubernetes auth mount of Vault, with a workload's policy and role."""

from __future__ import annotations

from collections.abc import Coroutine

import pulumi
import pytest

from components.config.facts import Reviewer
from components.documents.vault_policy import VaultGrant
from components.vault.auth_mount import AuthMount, AuthMountArgs
from components.vault.workload_role import WorkloadRole, WorkloadRoleArgs
from tests.components.mocks.mocks import Cloud, deployed

BACKEND = ("vault:index/authBackend:AuthBackend", "auth-backend")
CONFIG = ("vault:kubernetes/authBackendConfig:AuthBackendConfig", "auth-config")
POLICY = ("vault:index/policy:Policy", "pmp-policy")
ROLE = ("vault:kubernetes/authBackendRole:AuthBackendRole", "pmp-role")


def login(reviewer: Reviewer = "in-cluster") -> tuple[AuthMount, WorkloadRole]:
    """The mount where the cluster's accounts log in, and what one of them gets there."""
    mount = AuthMount(
        "auth",
        AuthMountArgs(
            path="kubernetes",
            reviewer=reviewer,
            issuer="https://issuer.example",
            api_server="https://api.example:6443",
            ca_pem="the CA's certificate",
        ),
    )
    args = WorkloadRoleArgs(
        auth_mount="kubernetes",
        method="kubernetes",
        role_name="pmp-secret-accessor-role",
        policy_name="dev-pmp",
        namespace="feature-test",
        service_account="mxplatform",
        audience="https://kubernetes.default.svc",
        grants=(VaultGrant(mount="pmp-dev", path="admin"),),
        token_ttl_seconds=1200,
        token_max_ttl_seconds=3600,
        auth_backend=mount.resource,
    )
    return mount, WorkloadRole("pmp", args)


def test_the_mount_takes_tokens_of_kubernetes(preview: bool) -> None:
    inputs = deployed(login, preview=preview)[BACKEND].inputs
    assert (inputs["type"], inputs["path"]) == ("kubernetes", "kubernetes")


@pytest.mark.parametrize(
    ("reviewer", "by_given_ca"), [("in-cluster", False), ("client", True), ("dedicated", True)]
)
def test_the_mount_asks_the_clusters_api_server(reviewer: Reviewer, by_given_ca: bool, preview: bool) -> None:
    assert deployed(lambda: login(reviewer), preview=preview)[CONFIG].inputs == {
        "backend": "kubernetes",
        "kubernetesHost": "https://api.example:6443",
        "kubernetesCaCert": "the CA's certificate",
        "disableIssValidation": True,
        "disableLocalCaJwt": by_given_ca,
    }


def test_a_later_update_leaves_a_dedicated_reviewers_token_alone() -> None:
    """The token is handed over out of band, and each write of the configuration would erase it."""
    config = deployed(lambda: login("dedicated"))[CONFIG]
    assert set(config.ignore_changes) == set(config.inputs) - {"backend"}
    assert deployed(login)[CONFIG].ignore_changes == []


def test_the_policy_reads_one_path_and_replaces_no_policy_of_others(preview: bool) -> None:
    assert deployed(login, preview=preview)[POLICY].inputs == {
        "name": "dev-pmp",
        "policy": 'path "pmp-dev/data/admin" {\n  capabilities = ["read"]\n}\n',
        "allowOverwrite": False,
    }


def test_the_role_is_for_one_service_account_one_audience_and_this_policy(preview: bool) -> None:
    assert deployed(login, preview=preview)[ROLE].inputs == {
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


def test_mount_and_policy_come_first(preview: bool) -> None:
    cloud = deployed(login, preview=preview)
    assert cloud[ROLE].waits_for == {"::".join(BACKEND), "::".join(POLICY)}
    assert cloud[CONFIG].waits_for == {"::".join(BACKEND)}


def test_everything_is_a_child_of_its_component(preview: bool) -> None:
    cloud = deployed(login, preview=preview)
    assert {cloud[key].parent for key in (BACKEND, CONFIG)} == {"workload-secrets:vault:AuthMount::auth"}
    assert {cloud[key].parent for key in (POLICY, ROLE)} == {"workload-secrets:vault:WorkloadRole::pmp"}


def test_a_reviewers_token_is_no_input_and_would_be_secret_in_the_state(preview: bool) -> None:
    config = deployed(lambda: login("dedicated"), preview=preview)[CONFIG]
    assert not [key for key in config.inputs if "jwt" in key.lower() and key != "disableLocalCaJwt"]
    assert "tokenReviewerJwt" in config.secret_outputs


def test_no_input_is_secret(preview: bool) -> None:
    assert deployed(login, preview=preview).marked == set()


@pulumi.runtime.test
def test_the_outputs_are_known_at_a_preview_too(preview: bool) -> Coroutine[None, None, None]:
    Cloud(preview=preview).begin()
    mount, role = login()

    async def check() -> None:
        assert await mount.path.future() == "kubernetes"
        assert await role.role_name.future() == "pmp-secret-accessor-role"
        assert await role.policy_name.future() == "dev-pmp"
        assert await role.auth_mount.future() == "kubernetes"

    return check()
