"""Rights of the deployer and the courier on the mounts of those that are no pods."""

from __future__ import annotations

import pytest

from components.documents.identities import IdentityRole, courier_policy, deployer_paths
from components.documents.vault_policy import policy_hcl
from workload_secrets.decide import vault_acl
from workload_secrets.decide.answer import Answer

JWT = IdentityRole(mount="ci", method="jwt", name="deploy")
VM = IdentityRole(mount="machines", method="approle", name="backup")
EDGE = IdentityRole(mount="cert", method="cert", name="edge")
MADE = (("ci", "jwt"), ("machines", "approle"), ("cert", "cert"))


def deployer() -> vault_acl.Policy:
    return vault_acl.Policy.parse(policy_hcl(deployer_paths((JWT, VM, EDGE), MADE)), "deployer")


def may(policy: vault_acl.Policy, path: str, capability: str) -> bool:
    return vault_acl.allows([policy], path, capability).answer is Answer.YES


@pytest.mark.parametrize(
    "path",
    ["auth/ci/role/deploy", "auth/machines/role/backup", "auth/cert/certs/edge"],
)
def test_the_deployer_owns_its_roles(path: str) -> None:
    assert all(may(deployer(), path, verb) for verb in ("create", "read", "update", "delete"))


@pytest.mark.parametrize("mount", ["ci", "machines", "cert"])
def test_the_deployer_makes_reads_and_deletes_its_mounts(mount: str) -> None:
    path = f"sys/auth/{mount}"
    assert all(may(deployer(), path, verb) for verb in ("create", "update", "delete", "sudo"))
    for read in (f"sys/mounts/auth/{mount}", f"sys/mounts/auth/{mount}/tune"):
        assert may(deployer(), read, "read"), "the provider reads it there, without sudo"


def test_the_deployer_reads_a_role_id_and_makes_no_secret_id() -> None:
    assert may(deployer(), "auth/machines/role/backup/role-id", "read")
    for path in ("secret-id", "custom-secret-id", "secret-id/lookup", "role-id"):
        assert not may(deployer(), f"auth/machines/role/backup/{path}", "update")


def test_an_existing_mount_gives_the_deployer_no_right_on_it() -> None:
    assert sorted(deployer_paths((VM,), ())) == [
        "auth/machines/role/backup",
        "auth/machines/role/backup/role-id",
    ]


def test_only_a_jwt_mount_has_a_configuration() -> None:
    assert [path for path in deployer_paths((), MADE) if path.endswith("/config")] == ["auth/ci/config"]


def test_the_courier_gets_secret_ids_only_wrapped() -> None:
    text = courier_policy((JWT, VM, EDGE))
    assert text is not None
    assert text == (
        'path "auth/machines/role/backup/role-id" {\n  capabilities = ["read"]\n}\n\n'
        'path "auth/machines/role/backup/secret-id" {\n  capabilities = ["create", "update"]\n'
        '  min_wrapping_ttl = "1s"\n  max_wrapping_ttl = "600s"\n}\n'
    )


def test_without_an_approle_there_is_no_courier() -> None:
    assert courier_policy((JWT, EDGE)) is None


def test_a_courier_of_a_namespace_has_its_paths_there() -> None:
    text = courier_policy((VM,), namespace="team/billing/")
    assert text is not None
    assert 'path "team/billing/auth/machines/role/backup/secret-id"' in text


HAND = IdentityRole(mount="token", method="token", name="edge-hand")


def test_the_deployer_owns_a_token_role_and_makes_no_token() -> None:
    paths = deployer_paths((HAND,), ())
    assert list(paths) == ["auth/token/roles/edge-hand"]
    policy = vault_acl.Policy.parse(policy_hcl(paths), "deployer")
    for path in ("create/edge-hand", "create", "create-orphan", "roles/other"):
        assert not may(policy, f"auth/token/{path}", "update")


def test_the_courier_gets_tokens_only_wrapped_and_only_as_the_role_says() -> None:
    assert courier_policy((HAND,)) == (
        'path "auth/token/create/edge-hand" {\n  capabilities = ["create", "update"]\n'
        '  min_wrapping_ttl = "1s"\n  max_wrapping_ttl = "600s"\n'
        '  allowed_parameters = {\n    "ttl" = []\n  }\n}\n'
    )


def test_a_courier_of_the_namespace_above_needs_sudo_and_no_more_parameters() -> None:
    text = courier_policy((HAND,), namespace="team/c")
    assert text is not None
    assert text.startswith(
        'path "team/c/auth/token/create/edge-hand" {\n  capabilities = ["create", "update", "sudo"]\n'
    )
    assert 'allowed_parameters = {\n    "ttl" = []\n  }' in text
