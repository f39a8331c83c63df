"""The auth mount in each reviewer mode."""

from __future__ import annotations

from typing import Any

import pytest

from components.config.facts import Reviewer
from components.vault.auth_mount import TOKEN, AuthMount, AuthMountArgs
from tests.engine import ISSUER, declare, inside
from workload_secrets.graph.model import Graph, Mode

BACKEND = "vault:index/authBackend:AuthBackend"
CONFIG = "vault:kubernetes/authBackendConfig:AuthBackendConfig"
JWT = "vault:jwt/authBackend:AuthBackend"
MODES: tuple[Mode, ...] = ("preview", "update")


def auth(reviewer: Reviewer, mode: Mode = "update", **changes: Any) -> Graph:
    given: dict[str, Any] = {
        "path": "kubernetes",
        "reviewer": reviewer,
        "issuer": ISSUER,
        "api_server": "https://api.example:6443",
        "ca_pem": "PEM",
    }
    args = AuthMountArgs(**(given | changes))
    return declare(lambda opts: AuthMount("auth", args, opts), mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("reviewer", "local_off"), [("in-cluster", False), ("client", True), ("dedicated", True)]
)
def test_a_kubernetes_mount_writes_out_issuer_check_ca_and_local_token(
    reviewer: Reviewer, local_off: bool, mode: Mode
):
    graph = auth(reviewer, mode)
    assert graph.only(BACKEND).inputs["type"] == "kubernetes"
    assert graph.only(CONFIG).inputs == {
        "backend": "kubernetes",
        "kubernetesHost": "https://api.example:6443",
        "kubernetesCaCert": "PEM",
        "disableIssValidation": True,
        "disableLocalCaJwt": local_off,
    }
    assert {resource.type for resource in inside(graph, TOKEN)} == {BACKEND, CONFIG}


@pytest.mark.parametrize("reviewer", ["in-cluster", "client", "dedicated"])
def test_no_reviewer_token_is_ever_an_input(reviewer: Reviewer):
    assert not any("token" in key.lower() for key in auth(reviewer).only(CONFIG).inputs)


def test_a_dedicated_reviewers_token_is_not_erased_by_a_later_write():
    """Vault replaces the whole configuration on a write, and the token isn't part of ours."""
    config = auth("dedicated").only(CONFIG)
    assert set(config.options.ignore_changes) == set(config.inputs) - {"backend"}


@pytest.mark.parametrize("reviewer", ["in-cluster", "client"])
def test_other_modes_follow_changes(reviewer: Reviewer):
    assert auth(reviewer).only(CONFIG).options.ignore_changes == ()


@pytest.mark.parametrize("mode", MODES)
def test_jwt_takes_the_issuers_discovery(mode: Mode):
    graph = auth("jwt", mode)
    inputs = graph.only(JWT).inputs
    assert inputs["type"] == "jwt"
    assert inputs["path"] == "kubernetes"
    assert inputs["boundIssuer"] == ISSUER
    assert inputs["oidcDiscoveryUrl"] == ISSUER
    assert "jwtValidationPubkeys" not in inputs
    assert {resource.type for resource in inside(graph, TOKEN)} == {JWT}


def test_jwt_takes_given_keys_instead_of_discovery():
    inputs = auth("jwt", public_keys=("ONE", "TWO")).only(JWT).inputs
    assert inputs["jwtValidationPubkeys"] == ["ONE", "TWO"]
    assert "oidcDiscoveryUrl" not in inputs


@pytest.mark.parametrize("reviewer", ["in-cluster", "client", "dedicated", "jwt"])
def test_an_existing_mount_registers_nothing(reviewer: Reviewer):
    graph = auth(reviewer, manage="existing")
    assert inside(graph, TOKEN) == ()
    assert graph.only(TOKEN).outputs == {"path": "kubernetes"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("reviewer", ["in-cluster", "jwt"])
def test_the_output_is_the_path(reviewer: Reviewer, mode: Mode):
    assert auth(reviewer, mode).only(TOKEN).outputs == {"path": "kubernetes"}
