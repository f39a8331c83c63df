"""What the deployer may do in AWS: make and change exactly one stack's things.

It can't read a value: GetSecretValue is missing. It can write one, since the template's
hook needs PutSecretValue, and IAM has no condition for "only the first version".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.documents.arn import AwsScope
from components.documents.rotation_iam import RotatedSecret, deployer_rotates
from components.documents.text import policy_text

STACK_TAG = "workload-secrets:stack"
"""Tag of everything the stack makes. A key's ARN isn't known before it exists, so the
deployer's rights on keys are bound to this tag."""

_SECRET_ACTIONS = (
    "secretsmanager:DeleteResourcePolicy",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetResourcePolicy",
    "secretsmanager:PutResourcePolicy",
    "secretsmanager:PutSecretValue",
    "secretsmanager:TagResource",
    "secretsmanager:UntagResource",
    "secretsmanager:UpdateSecret",
)
_ROLE_ACTIONS = (
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListInstanceProfilesForRole",
    "iam:ListRolePolicies",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
)
_PROVIDER_ACTIONS = (
    "iam:AddClientIDToOpenIDConnectProvider",
    "iam:CreateOpenIDConnectProvider",
    "iam:DeleteOpenIDConnectProvider",
    "iam:GetOpenIDConnectProvider",
    "iam:RemoveClientIDFromOpenIDConnectProvider",
)
_KEY_ACTIONS = (
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
_ALIAS_ACTIONS = ("kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias")
_ASSOCIATION_ACTIONS = (
    "eks:DeletePodIdentityAssociation",
    "eks:DescribePodIdentityAssociation",
    "eks:TagResource",
    "eks:UntagResource",
    "eks:UpdatePodIdentityAssociation",
)


@dataclass(frozen=True, kw_only=True)
class DeployerIam:
    """One stack's things in AWS. `stack_tag` is the value of STACK_TAG.

    `key_alias` None: the key is given, then `key_arn` is its ARN. `created_issuer`: the
    issuer whose OIDC provider the stack makes. `pod_identity_roles` are names of roles that
    get an association in `cluster`. `rotated`: secrets with a rotation function. `may_delete`:
    also what holds values.
    """

    scope: AwsScope
    stack_tag: str
    cluster: str
    secret_names: tuple[str, ...]
    role_names: tuple[str, ...]
    key_alias: str | None = None
    key_arn: str | None = None
    created_issuer: str | None = None
    pod_identity_roles: tuple[str, ...] = ()
    permissions_boundary: str | None = None
    rotated: tuple[RotatedSecret, ...] = ()
    may_delete: bool = False


def deployer_iam(rights: DeployerIam) -> str:
    """The identity policy of the deployer, as JSON text."""
    statements = [
        *_secrets(rights),
        *(_created_key(rights) if rights.key_alias else []),
        *_template_key(rights),
        *_roles(rights),
        *_provider(rights),
        *_associations(rights),
        *deployer_rotates(rights.scope, rights.rotated),
    ]
    return policy_text(statements)


def _secrets(rights: DeployerIam) -> list[dict[str, Any]]:
    if not rights.secret_names:
        return []
    scope = rights.scope
    patterns = sorted(scope.secret(name) for name in rights.secret_names)
    bare = sorted(scope.secret_being_created(name) for name in rights.secret_names)
    deletes = ("secretsmanager:DeleteSecret", "secretsmanager:RestoreSecret") if rights.may_delete else ()
    return [
        _allow(
            "CreateSecrets", ("secretsmanager:CreateSecret", "secretsmanager:TagResource"), [*bare, *patterns]
        ),
        _allow("ManageSecrets", (*_SECRET_ACTIONS, *deletes), patterns),
    ]


def _created_key(rights: DeployerIam) -> list[dict[str, Any]]:
    scope = rights.scope
    requested = {"StringEquals": {f"aws:RequestTag/{STACK_TAG}": rights.stack_tag}}
    deletes = ("kms:CancelKeyDeletion", "kms:ScheduleKeyDeletion") if rights.may_delete else ()
    return [
        # CreateKey has no resource to name, so the tag it must carry bounds it.
        _allow("CreateTaggedKeys", ("kms:CreateKey", "kms:TagResource"), ["*"], requested),
        _allow("ManageTaggedKeys", (*_KEY_ACTIONS, *deletes), [scope.any_key()], _tagged(rights)),
        _allow("ManageAlias", _ALIAS_ACTIONS, [scope.alias(rights.key_alias or "")]),
        _allow("ListAliases", ("kms:ListAliases",), ["*"]),  # has no resource either
    ]


def _template_key(rights: DeployerIam) -> list[dict[str, Any]]:
    """Writing a template under the key needs the key's use; reading needs GetSecretValue too."""
    if not rights.secret_names:
        return []
    scope = rights.scope
    condition: dict[str, dict[str, Any]] = {
        "StringEquals": {"kms:ViaService": scope.secrets_manager_service},
        "StringLike": {
            "kms:EncryptionContext:SecretARN": sorted(scope.secret(name) for name in rights.secret_names)
        },
    }
    if rights.key_arn is None:
        condition["StringEquals"] |= _tagged(rights)["StringEquals"]
    resource = rights.key_arn or scope.any_key()
    return [_allow("EncryptTemplates", ("kms:Decrypt", "kms:GenerateDataKey"), [resource], condition)]


def _roles(rights: DeployerIam) -> list[dict[str, Any]]:
    if not rights.role_names:
        return []
    resources = sorted(rights.scope.role(name) for name in rights.role_names)
    if rights.permissions_boundary is None:
        return [_allow("ManageRoles", _ROLE_ACTIONS, resources)]
    bounded = ("iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy")
    condition = {"StringEquals": {"iam:PermissionsBoundary": rights.permissions_boundary}}
    rest = tuple(action for action in _ROLE_ACTIONS if action not in bounded)
    return [
        _allow("ManageRoles", rest, resources),
        _allow("ManageRolesWithinBoundary", bounded, resources, condition),
    ]


def _provider(rights: DeployerIam) -> list[dict[str, Any]]:
    if rights.created_issuer is None:
        return []
    return [
        _allow("ManageOidcProvider", _PROVIDER_ACTIONS, [rights.scope.oidc_provider(rights.created_issuer)])
    ]


def _associations(rights: DeployerIam) -> list[dict[str, Any]]:
    if not rights.pod_identity_roles:
        return []
    scope, cluster = rights.scope, rights.cluster
    roles = sorted(scope.role(name) for name in rights.pod_identity_roles)
    passed = {"StringEquals": {"iam:PassedToService": "pods.eks.amazonaws.com"}}
    return [
        _allow("CreateAssociations", ("eks:CreatePodIdentityAssociation",), [scope.cluster(cluster)]),
        _allow("ManageAssociations", _ASSOCIATION_ACTIONS, [scope.pod_identity_associations(cluster)]),
        _allow("PassRolesToPodIdentity", ("iam:PassRole",), roles, passed),
    ]


def _tagged(rights: DeployerIam) -> dict[str, dict[str, Any]]:
    return {"StringEquals": {f"aws:ResourceTag/{STACK_TAG}": rights.stack_tag}}


def _allow(
    name: str,
    actions: Sequence[str],
    resources: Sequence[str],
    condition: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Sid": name,
        "Effect": "Allow",
        "Action": sorted(actions),
        "Resource": list(resources),
    }
    return {**statement, "Condition": dict(condition)} if condition else statement
