"""Vault handlers on the real server: created, same, updated, same."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from workload_secrets.sandbox.deploy.call import Site
from workload_secrets.sandbox.deploy.notes import Notes
from workload_secrets.sandbox.deploy.outcome import HandlerError, Outcome
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider
from workload_secrets.sandbox.handle import Sandbox

Make = Callable[..., Outcome]
MOUNT, KV = "vault:index/mount:Mount", "vault:kv/secretBackendV2:SecretBackendV2"
AUTH, POLICY = "vault:index/authBackend:AuthBackend", "vault:index/policy:Policy"
NAMESPACE = "vault:index/namespace:Namespace"
CONFIG = "vault:kubernetes/authBackendConfig:AuthBackendConfig"
ROLE = "vault:kubernetes/authBackendRole:AuthBackendRole"
JWT, JWT_ROLE = "vault:jwt/authBackend:AuthBackend", "vault:jwt/authBackendRole:AuthBackendRole"
pytestmark = pytest.mark.sandbox

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        MOUNT,
        {"path": "one", "type": "kv", "options": {"version": "2"}, "description": "a"},
        {"description": "b", "maxLeaseTtlSeconds": 7200},
    ),
    (AUTH, {"type": "kubernetes", "path": "two", "description": "a"}, {"description": "b"}),
    (
        POLICY,
        {"name": "three", "policy": "# ours\n", "allowOverwrite": False},
        {"policy": '# ours\npath "a" { capabilities = ["read"] }\n'},
    ),
    (
        JWT,
        {"type": "jwt", "path": "four", "oidcDiscoveryUrl": "https://i.example", "boundIssuer": "a"},
        {"boundIssuer": "b"},
    ),
]
MINIMAL: dict[str, dict[str, Any]] = {
    MOUNT: {"path": "never", "type": "kv"},
    KV: {"mount": "never"},
    AUTH: {"type": "kubernetes", "path": "never"},
    POLICY: {"name": "never", "policy": "# x\n", "allowOverwrite": False},
    NAMESPACE: {"path": "never"},
    CONFIG: {"kubernetesHost": "https://127.0.0.1:1"},
    ROLE: {"roleName": "never"},
    JWT: {"path": "never", "oidcDiscoveryUrl": "https://i.example"},
    JWT_ROLE: {"roleName": "never", "userClaim": "sub"},
}


@pytest.mark.parametrize(("type_", "inputs", "change"), CASES, ids=[case[0] for case in CASES])
def test_a_second_run_changes_nothing_and_a_difference_is_written(
    make: Make, type_: str, inputs: dict[str, Any], change: dict[str, Any]
):
    states = [make(type_, values).state for values in (inputs, inputs, inputs | change, inputs | change)]
    assert states == ["created", "same", "updated", "same"]


@pytest.mark.parametrize("type_", MINIMAL)
def test_an_input_without_handler_is_refused_and_nothing_is_made(make: Make, type_: str):
    with pytest.raises(HandlerError, match="no handler for input colour"):
        make(type_, {**MINIMAL[type_], "colour": "red"})


def test_a_kv_mount_has_its_settings(make: Make):
    make(MOUNT, {"path": "settings", "type": "kv-v2"})
    inputs = {"mount": "settings", "maxVersions": 10, "casRequired": True, "deleteVersionAfter": 3600}
    changed = inputs | {"maxVersions": 5}
    states = [make(KV, values).state for values in (inputs, inputs, changed, changed)]
    assert states == ["created", "same", "updated", "same"]


def test_a_mount_of_another_type_is_never_changed(make: Make):
    make(MOUNT, {"path": "typed", "type": "kv", "options": {"version": "2"}})
    with pytest.raises(HandlerError, match="mount typed exists and differs in type"):
        make(MOUNT, {"path": "typed", "type": "transit"})


def test_what_the_server_changes_is_refused_when_read_back(make: Make):
    make(AUTH, {"type": "kubernetes", "path": "changing"})
    role = {"backend": "changing", "roleName": "r", "boundServiceAccountNames": ["a"]}
    # The server shortens the range of one address.
    inputs = {**role, "boundServiceAccountNamespaces": ["n"], "tokenBoundCidrs": ["10.0.0.1/32"]}
    with pytest.raises(HandlerError, match=r"role r .* read back differs .* in token_bound_cidrs"):
        make(ROLE, inputs)


@pytest.mark.parametrize("found", ['path "a" { capabilities = ["read"] }', "# theirs\n"])
def test_a_foreign_policy_is_never_overwritten(make: Make, vault_provider: VaultProvider, found: str):
    vault_provider.send("PUT", "sys/policies/acl/foreign", {"policy": found})
    with pytest.raises(HandlerError, match="policy foreign exists with another text and is not ours"):
        make(POLICY, {"name": "foreign", "policy": "# ours\n", "allowOverwrite": False})
    kept = vault_provider.read("sys/policies/acl/foreign")
    assert kept is not None
    assert kept["policy"] == found


def test_a_policy_that_may_overwrite_is_refused(make: Make):
    with pytest.raises(HandlerError, match="set allowOverwrite to false"):
        make(POLICY, {"name": "x", "policy": "# x\n"})


def _config(site: Site) -> dict[str, Any]:
    return {
        "backend": "reviewed",
        "kubernetesHost": site.api_server,
        "kubernetesCaCert": site.cluster_ca,
        "disableIssValidation": True,
        "disableLocalCaJwt": True,
    }


def test_a_kubernetes_config_and_its_role(make: Make, site: Site, vault_provider: VaultProvider):
    make(AUTH, {"type": "kubernetes", "path": "reviewed"})
    config = _config(site)
    assert [make(CONFIG, config).state for _ in range(2)] == ["created", "same"]
    dedicated = dataclasses.replace(site, reviewer="dedicated")
    assert [make(CONFIG, config, site=dedicated).state for _ in range(2)] == ["updated", "same"]
    found = vault_provider.read("auth/reviewed/config")
    assert found is not None
    assert found["token_reviewer_jwt_set"] is True
    role = {
        "backend": "reviewed",
        "roleName": "billing",
        "boundServiceAccountNames": ["billing"],
        "boundServiceAccountNamespaces": ["billing"],
        "audience": "vault",
        "tokenPolicies": ["default"],
        "tokenTtl": 600,
        "tokenMaxTtl": 1200,
    }
    changed = role | {"tokenTtl": 300}
    states = [make(ROLE, values).state for values in (role, role, changed, changed)]
    assert states == ["created", "same", "updated", "same"]


def test_an_in_cluster_reviewer_is_substituted_and_listed(make: Make, site: Site, notes: Notes):
    make(AUTH, {"type": "kubernetes", "path": "in-cluster"})
    inside = dataclasses.replace(site, reviewer="in-cluster")
    config = {
        "backend": "in-cluster",
        "kubernetesHost": "https://kubernetes.default.svc",
        "disableIssValidation": True,
        "disableLocalCaJwt": False,
    }
    assert [make(CONFIG, config, site=inside).state for _ in range(2)] == ["created", "same"]
    assert [line.partition(" → ")[0] for line in notes.lists()["substitutions"]] == [
        "kubernetesHost https://kubernetes.default.svc",
        "reviewer in-cluster (Vault's own pod token and CA)",
    ]


def test_discovery_is_substituted_by_the_clusters_keys(
    make: Make, notes: Notes, site: Site, vault_provider: VaultProvider
):
    make(JWT, {"path": "keys", "oidcDiscoveryUrl": "https://i.example", "boundIssuer": "https://i.example"})
    found = vault_provider.read("auth/keys/config")
    assert found is not None
    assert [key.strip() for key in found["jwt_validation_pubkeys"]] == [site.public_keys[0].strip()]
    assert found["oidc_discovery_url"] == ""
    assert notes.lists()["substitutions"] == [
        "discovery of https://i.example → the sandbox cluster's public keys"
    ]
    role = {
        "backend": "keys",
        "roleName": "billing",
        "roleType": "jwt",
        "userClaim": "sub",
        "boundSubject": "system:serviceaccount:billing:billing",
        "boundAudiences": ["vault"],
        "clockSkewLeeway": -1,
        "tokenPolicies": ["default"],
        "tokenTtl": 600,
    }
    changed = role | {"boundAudiences": ["other"]}
    states = [make(JWT_ROLE, values).state for values in (role, role, changed, changed)]
    assert states == ["created", "same", "updated", "same"]


def test_a_namespace_holds_its_own_mounts(make: Make, sandbox: Sandbox, vault_provider: VaultProvider):
    assert [make(NAMESPACE, {"path": "team"}).state for _ in range(2)] == ["created", "same"]
    make(MOUNT, {"path": "inner", "type": "kv-v2", "namespace": "team"})
    assert vault_provider.read("sys/mounts/inner", absent="No secret engine mount") is None
    assert vault_provider.read("sys/mounts/inner", namespace="team") is not None
