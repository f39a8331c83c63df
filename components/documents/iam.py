"""IAM documents: who may take a workload's role, and what the role may do.

Every document is exact: one issuer, one subject, one audience, one statement for each
secret, one key. Wildcards are left out on purpose; the only pattern is the six random
characters that Secrets Manager adds to a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components import naming
from components.config.errors import ConfigError
from components.documents.arn import AwsScope
from components.documents.rotation_iam import RotatedSecret, function_on_secret, functions_on_key
from components.documents.text import policy_text, sid

TRUST_LIMIT = 2048
"""Characters of a role's trust policy, default quota.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

INLINE_LIMIT = 10_240
"""Characters of all inline policies of one role together; whitespace isn't counted."""

READ_ACTIONS = ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue")
WRITE_ACTIONS = (*READ_ACTIONS, "secretsmanager:PutSecretValue")


@dataclass(frozen=True, kw_only=True)
class SecretGrant:
    """One right on one secret. `key` is its name in the stack, `name` its name in AWS."""

    key: str
    name: str
    write: bool = False


def irsa_trust(scope: AwsScope, *, issuer: str, subject: str, audience: str) -> str:
    """Trust in tokens of exactly one ServiceAccount of one cluster.

    `subject` is system:serviceaccount:NAMESPACE:NAME. Both `sub` and `aud` are compared
    with StringEquals: without `sub` every ServiceAccount of the cluster takes the role.
    Raises ConfigError above TRUST_LIMIT.
    """
    return web_identity_trust(scope, issuer=issuer, subject=subject, audience=audience)


def web_identity_trust(scope: AwsScope, *, issuer: str, subject: str, audience: str) -> str:
    """Trust in tokens of exactly one subject of one issuer. Raises ConfigError above TRUST_LIMIT."""
    host = naming.issuer_id(issuer)
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": scope.oidc_provider(issuer)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{host}:aud": audience, f"{host}:sub": subject}},
    }
    return _trust([statement], subject)


def pod_identity_trust(scope: AwsScope, *, cluster: str, namespace: str, service_account: str) -> str:
    """Trust in EKS Pod Identity for exactly one ServiceAccount of one cluster.

    Without the tags any association of the account may use the role. They break when
    session tags are switched off, so the association never does that.
    https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
    """
    tags = {
        "aws:RequestTag/eks-cluster-arn": scope.cluster(cluster),
        "aws:RequestTag/kubernetes-namespace": namespace,
        "aws:RequestTag/kubernetes-service-account": service_account,
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "pods.eks.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {"StringEquals": tags},
    }
    return _trust([statement], f"{namespace}/{service_account}")


def secrets_access(scope: AwsScope, grants: Sequence[SecretGrant]) -> str:
    """The `secrets` policy of a role: one statement for each secret, sorted by its key.

    Raises ConfigError where this and the `kms` policy together exceed INLINE_LIMIT.
    """
    statements = [
        {
            "Sid": sid("Write" if grant.write else "Read", grant.key),
            "Effect": "Allow",
            "Action": list(WRITE_ACTIONS if grant.write else READ_ACTIONS),
            "Resource": scope.secret(grant.name),
        }
        for grant in sorted(grants, key=lambda g: g.key)
    ]
    text = policy_text(statements)
    # The key may not exist yet, but its ARN's length is known: a key id has 36 characters.
    kms = kms_access(scope, grants, key_arn=scope.key("0" * 36))
    _bounded(text + kms, INLINE_LIMIT, "the role's `secrets` and `kms` policies together")
    return text


def kms_access(scope: AwsScope, grants: Sequence[SecretGrant], *, key_arn: str) -> str:
    """The `kms` policy of a role: the one key, through Secrets Manager, for the same secrets.

    The encryption context pins the secret: Secrets Manager sends its ARN with each call.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    """
    statements = [_key_use(scope, "DecryptThroughSecretsManager", "kms:Decrypt", grants, key_arn)]
    written = [grant for grant in grants if grant.write]
    if written:
        # PutSecretValue makes a data key for the new version.
        statements.append(
            _key_use(scope, "EncryptThroughSecretsManager", "kms:GenerateDataKey", written, key_arn)
        )
    return policy_text(statements)


def key_policy(
    scope: AwsScope, *, administrators: Sequence[str] = (), rotated: Sequence[RotatedSecret] = ()
) -> str:
    """Keeps the account's administrators, and lets IAM grant use through Secrets Manager only.

    `administrators` are role ARNs that keep control without an IAM policy. The functions of
    `rotated` secrets use the key for exactly these. Nobody can decrypt with the key directly,
    whatever IAM says.
    """
    administer = {
        "Effect": "Allow",
        "Action": list(KEY_ADMINISTRATION),
        "Resource": "*",  # in a key policy: this key
    }
    statements: list[dict[str, Any]] = [
        {**administer, "Sid": "AccountAdministersThroughIam", "Principal": {"AWS": scope.root}}
    ]
    if administrators:
        statements.append(
            {**administer, "Sid": "NamedAdministrators", "Principal": {"AWS": sorted(administrators)}}
        )
    statements.append(
        {
            "Sid": "UseThroughSecretsManager",
            "Effect": "Allow",
            "Principal": {"AWS": scope.root},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "*",
            "Condition": {"StringEquals": {"kms:ViaService": scope.secrets_manager_service}},
        }
    )
    return policy_text([*statements, *functions_on_key(scope, rotated)])


KEY_ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListAliases",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
"""What managing the key needs; no action that encrypts, decrypts or makes grants."""


def secret_policy(scope: AwsScope, *, rotation_role: str | None = None) -> str:
    """The secret's own policy: refuses every principal of another account.

    It grants nothing but, where there is one, the rotation function's role what rotating
    needs. A rule on plain HTTP is left out: Secrets Manager answers on TLS only.
    """
    statement = {
        "Sid": "RefuseOtherAccounts",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "secretsmanager:*",
        "Resource": "*",  # in a secret's policy: this secret
        "Condition": {"StringNotEquals": {"aws:PrincipalAccount": scope.account_id}},
    }
    return policy_text([statement, *([function_on_secret(rotation_role)] if rotation_role else [])])


def _key_use(
    scope: AwsScope, name: str, action: str, grants: Sequence[SecretGrant], key_arn: str
) -> dict[str, Any]:
    return {
        "Sid": name,
        "Effect": "Allow",
        "Action": action,
        "Resource": key_arn,
        "Condition": {
            "StringEquals": {"kms:ViaService": scope.secrets_manager_service},
            "StringLike": {
                "kms:EncryptionContext:SecretARN": sorted(scope.secret(grant.name) for grant in grants)
            },
        },
    }


def _trust(statements: Sequence[dict[str, Any]], subject: str) -> str:
    return _bounded(policy_text(statements), TRUST_LIMIT, f"the trust policy for {subject}")


def _bounded(text: str, limit: int, what: str) -> str:
    if len(text) > limit:
        raise ConfigError(
            f"{what} has {len(text)} characters, IAM takes {limit}: "
            "shorten the names, or split the workload so that each role reads fewer secrets",
            rules=("IAM-05",),
        )
    return text
