"""The deployer's least rights in AWS."""

from __future__ import annotations

import json
from typing import Any

from components.documents.deployer_iam import DeployerIam, deployer_iam
from tests.engine import ISSUER, SCOPE

SECRET = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-??????"
BARE = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a"
TAG = "workload-secrets:stack"


def rights(**changes: Any) -> dict[str, dict[str, Any]]:
    given: dict[str, Any] = {
        "scope": SCOPE,
        "stack_tag": "dev/dev",
        "cluster": "dev",
        "secret_names": ("a",),
        "role_names": ("dev-pmp",),
        "key_alias": "alias/dev-secrets",
        "created_issuer": ISSUER,
    }
    document = json.loads(deployer_iam(DeployerIam(**(given | changes))))
    found = {statement["Sid"]: statement for statement in document["Statement"]}
    assert len(found) == len(document["Statement"])
    return found


def actions(**changes: Any) -> set[str]:
    return {action for statement in rights(**changes).values() for action in statement["Action"]}


def test_the_deployer_reads_no_value():
    assert not {"secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"} & actions()
    assert not any("*" in action for action in actions())


def test_secrets_are_named_exactly_before_and_after_their_creation():
    found = rights()
    assert found["CreateSecrets"]["Resource"] == [BARE, SECRET]
    assert found["ManageSecrets"]["Resource"] == [SECRET]


def test_what_holds_values_is_deleted_in_development_only():
    deletes = {"secretsmanager:DeleteSecret", "kms:ScheduleKeyDeletion"}
    assert not deletes & actions()
    assert deletes <= actions(may_delete=True)


def test_keys_are_bound_by_the_stacks_tag():
    found = rights()
    assert found["CreateTaggedKeys"]["Condition"] == {"StringEquals": {f"aws:RequestTag/{TAG}": "dev/dev"}}
    for name in ("ManageTaggedKeys", "EncryptTemplates"):
        assert found[name]["Condition"]["StringEquals"][f"aws:ResourceTag/{TAG}"] == "dev/dev"


def test_star_stands_only_where_aws_names_no_resource():
    stars = {name for name, statement in rights().items() if "*" in statement["Resource"]}
    assert stars == {"CreateTaggedKeys", "ListAliases"}


def test_the_key_is_used_for_templates_through_secrets_manager_only():
    condition = rights()["EncryptTemplates"]["Condition"]
    assert condition["StringEquals"]["kms:ViaService"] == "secretsmanager.eu-central-1.amazonaws.com"
    assert condition["StringLike"] == {"kms:EncryptionContext:SecretARN": [SECRET]}


def test_a_given_key_is_only_used():
    found = rights(key_alias=None, key_arn="arn:key")
    assert found["EncryptTemplates"]["Resource"] == ["arn:key"]
    assert "CreateTaggedKeys" not in found


def test_roles_are_passed_only_to_pod_identity():
    assert "iam:PassRole" not in actions()
    passed = rights(pod_identity_roles=("dev-pmp",))["PassRolesToPodIdentity"]
    assert passed["Resource"] == ["arn:aws:iam::111122223333:role/dev-pmp"]
    assert passed["Condition"] == {"StringEquals": {"iam:PassedToService": "pods.eks.amazonaws.com"}}


def test_with_a_boundary_no_role_is_made_without_it():
    found = rights(permissions_boundary="arn:boundary")
    assert found["ManageRolesWithinBoundary"]["Condition"] == {
        "StringEquals": {"iam:PermissionsBoundary": "arn:boundary"}
    }
    assert not {"iam:CreateRole", "iam:PutRolePolicy"} & set(found["ManageRoles"]["Action"])


def test_the_provider_is_managed_only_where_the_stack_makes_it():
    assert "ManageOidcProvider" not in rights(created_issuer=None)
    assert rights()["ManageOidcProvider"]["Resource"] == [SCOPE.oidc_provider(ISSUER)]


def test_a_stack_without_roles_or_secrets_has_no_statement_on_them():
    found = rights(secret_names=(), role_names=())
    assert not {"CreateSecrets", "ManageSecrets", "ManageRoles", "EncryptTemplates"} & set(found)
