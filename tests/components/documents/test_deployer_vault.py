"""The deployer's least rights in Vault."""

from __future__ import annotations

from typing import Any

from components.documents.deployer_vault import DeployerVault, deployer_vault


def policy(**changes: Any) -> dict[str, str]:
    """Capabilities by path."""
    given: dict[str, Any] = {
        "auth_mount": "kubernetes",
        "creates_auth_mount": True,
        "kv_mounts": ("pmp-dev",),
        "roles": ("pmp",),
        "policies": ("dev-pmp",),
    }
    text = deployer_vault(DeployerVault(**(given | changes)))
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    return {block[0].split('"')[1]: block[1].split("= ")[1] for block in blocks}


def test_no_path_that_holds_a_value_is_granted():
    found = policy()
    assert not [path for path in found if "/data" in path or "/metadata" in path]
    assert not [path for path in found if "*" in path or "+" in path]


def test_exactly_the_stacks_things_are_named():
    assert set(policy()) == {
        "sys/mounts/pmp-dev",
        "sys/mounts/pmp-dev/tune",
        "pmp-dev/config",
        "sys/auth/kubernetes",
        "sys/mounts/auth/kubernetes",
        "sys/mounts/auth/kubernetes/tune",
        "auth/kubernetes/config",
        "auth/kubernetes/role/pmp",
        "sys/policies/acl/dev-pmp",
    }


def test_sudo_stands_only_where_vault_demands_it():
    assert {path for path, held in policy().items() if "sudo" in held} == {"sys/auth/kubernetes"}


def test_an_auth_mount_is_read_by_the_path_that_the_provider_reads():
    """After enabling a method the provider reads it there, and fails on a 403."""
    assert policy()["sys/mounts/auth/kubernetes"] == '["read"]'


def test_an_existing_auth_mount_is_not_configured():
    found = policy(creates_auth_mount=False)
    assert "auth/kubernetes/config" not in found
    assert "sys/auth/kubernetes" not in found
    assert "auth/kubernetes/role/pmp" in found


def test_mounts_are_deleted_in_development_only():
    assert "delete" not in policy()["sys/mounts/pmp-dev"]
    assert "delete" in policy(may_delete=True)["sys/mounts/pmp-dev"]


def test_a_namespaces_paths_are_prefixed_and_the_namespace_made_in_its_parent():
    found = policy(namespace="team", creates_namespace=True)
    assert {path for path in found if not path.startswith("team/")} == {"sys/namespaces/team"}


def test_a_nested_namespace_is_made_from_within_its_parent():
    found = policy(namespace="team/billing", creates_namespace=True)
    inside = {path for path in found if path.startswith("team/billing/")}
    assert set(found) - inside == {"team/sys/namespaces/billing"}
