"""What one role may do with one secret of AWS Secrets Manager."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from workload_secrets.decide.answer import Answer, Decision, both
from workload_secrets.decide.evaluate import Policies, identity
from workload_secrets.decide.principals import account_of
from workload_secrets.decide.request import Request
from workload_secrets.decide.statements import Source

Verb = Literal["read", "write", "list"]
_ACTIONS: Final[Mapping[Verb, str]] = {
    "read": "secretsmanager:GetSecretValue",
    "write": "secretsmanager:PutSecretValue",
    "list": "secretsmanager:ListSecrets",
}
# https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
_KMS_ACTIONS: Final[Mapping[Verb, str]] = {"read": "kms:Decrypt", "write": "kms:GenerateDataKey"}
# https://docs.aws.amazon.com/general/latest/gr/rande.html, per partition
_DNS_SUFFIX: Final[Mapping[str, str]] = {
    "aws": "amazonaws.com",
    "aws-us-gov": "amazonaws.com",
    "aws-cn": "amazonaws.com.cn",
    "aws-eusc": "amazonaws.eu",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
}


@dataclass(frozen=True, kw_only=True)
class Key:
    """A customer KMS key. `arn` and `policy` may be the graph's UNKNOWN. `tags` are known where the
    key is made together with what is asked about."""

    arn: str | object
    policy: Source
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


def secret_access(
    verb: Verb,
    *,
    role_arn: str,
    secret_arn: str | object,
    policies: Policies,
    boundary: Source = None,
    secret_policy: Source = None,
    key: Key | None = None,
) -> Decision:
    """Whether the role may read, write or list: identity policies, boundary, secret policy and key.

    Assuming the role is another question (`web_identity`, `pod_identity`). `boundary`
    and `secret_policy` are None where there is none, the graph's UNKNOWN where one
    exists but isn't known. `key` None means the account's own key `aws/secretsmanager`.
    """
    if not isinstance(secret_arn, str):
        return Decision(Answer.UNKNOWN, ("the secret's ARN is not known",))
    context = _context(role_arn, secret_arn)
    resource = "*" if verb == "list" else secret_arn
    request = Request(action=_ACTIONS[verb], resource=resource, principal=role_arn, context=context)
    own = identity(policies, request, boundary, None if verb == "list" else secret_policy)
    if verb == "list":
        return own
    return both([own, _key_access(verb, role_arn, secret_arn, policies, boundary, key)])


def _context(role_arn: str, secret_arn: str) -> dict[str, Any]:
    """What is certain of a call over HTTPS by a session of the role; all else is unknown."""
    fields = secret_arn.split(":", 5)
    return {
        "aws:PrincipalArn": role_arn,
        "aws:PrincipalAccount": account_of(role_arn),
        "aws:PrincipalType": "AssumedRole",
        "aws:PrincipalIsAWSService": "false",
        "aws:PrincipalServiceName": None,
        "aws:SecureTransport": "true",
        "aws:ViaAWSService": "false",
        "aws:RequestedRegion": fields[3] if len(fields) == 6 else object(),
        "aws:ResourceAccount": account_of(secret_arn),
        "secretsmanager:SecretId": secret_arn,
        "kms:ViaService": None,
        "kms:EncryptionContext:SecretARN": None,
    }


def _key_access(
    verb: Verb,
    role_arn: str,
    secret_arn: str,
    policies: Policies,
    boundary: Source,
    key: Key | None,
) -> Decision:
    if key is None:
        return _default_key(role_arn, secret_arn)
    if not isinstance(key.arn, str):
        return Decision(Answer.UNKNOWN, ("the ARN of the secret's key is not known",))
    request = Request(
        action=_KMS_ACTIONS[verb],
        resource=key.arn,
        principal=role_arn,
        context=_context(role_arn, secret_arn)
        | _kms_context(role_arn, secret_arn)
        | {f"aws:ResourceTag/{name}": value for name, value in key.tags.items()},
    )
    return identity(policies, request, boundary, key.policy, enabling=True)


def _default_key(role_arn: str, secret_arn: str) -> Decision:
    if account_of(role_arn) == account_of(secret_arn):
        return Decision(Answer.YES, ("the key aws/secretsmanager needs no grant in its own account",))
    return Decision(Answer.NO, ("the key aws/secretsmanager can't be used from another account",))


def _kms_context(role_arn: str, secret_arn: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"""
    fields = secret_arn.split(":", 5)
    suffix = _DNS_SUFFIX.get(fields[1]) if len(fields) == 6 else None
    via = f"secretsmanager.{fields[3]}.{suffix}" if suffix else object()
    return {
        "aws:ViaAWSService": "true",
        "aws:ResourceAccount": object(),
        "kms:CallerAccount": account_of(role_arn),
        "kms:ViaService": via,
        "kms:EncryptionContext:SecretARN": secret_arn,
        "kms:EncryptionContextKeys": ("SecretARN", "SecretVersionId"),
    }
