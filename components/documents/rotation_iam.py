"""What rotation by a function needs in IAM: the function's role on the secret and its key,
and the deployer, who switches it on.

The function's role belongs to its owner. It is granted by the secret's and the key's own
policies, so that its rights are exact, seen in the plan, and gone with the secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.config import resolve
from components.config.stack import StackConfig
from components.documents.arn import AwsScope

# https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html
# GetRandomPassword, which that page has too, belongs to no secret: the owner of the function grants it.
FUNCTION_ACTIONS = (
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecretVersionStage",
)


@dataclass(frozen=True, kw_only=True)
class RotatedSecret:
    """`name` is the secret's name in AWS, `role_arn` the role its function runs as."""

    name: str
    function_arn: str
    role_arn: str


def rotated_secrets(config: StackConfig) -> tuple[RotatedSecret, ...]:
    """Every secret of the stack that a function rotates."""
    return tuple(
        RotatedSecret(
            name=secret.name,
            function_arn=secret.rotation.function_arn,
            role_arn=secret.rotation.function_role_arn,
        )
        for secret in resolve.aws_secrets(config).values()
        if secret.rotation is not None
    )


def function_on_secret(role_arn: str) -> dict[str, Any]:
    """The statement of a secret's own policy that lets its function rotate it."""
    return {
        "Sid": "RotationFunction",
        "Effect": "Allow",
        "Principal": {"AWS": role_arn},
        "Action": list(FUNCTION_ACTIONS),
        "Resource": "*",  # in a secret's policy: this secret
    }


def functions_on_key(scope: AwsScope, rotated: Sequence[RotatedSecret]) -> list[dict[str, Any]]:
    """The statements of the key's policy: each role, through Secrets Manager, for its secrets."""
    roles = sorted({secret.role_arn for secret in rotated})
    return [
        {
            "Sid": f"RotationFunction{number}",
            "Effect": "Allow",
            "Principal": {"AWS": role},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "*",  # in a key policy: this key
            "Condition": {
                "StringEquals": {"kms:ViaService": scope.secrets_manager_service},
                "StringLike": {
                    "kms:EncryptionContext:SecretARN": sorted(
                        scope.secret(secret.name) for secret in rotated if secret.role_arn == role
                    )
                },
            },
        }
        for number, role in enumerate(roles, start=1)
    ]


def deployer_rotates(scope: AwsScope, rotated: Sequence[RotatedSecret]) -> list[dict[str, Any]]:
    """The deployer's statements: switch on exactly the declared function for exactly its secrets.

    RotateSecret asks for the right to invoke the function as well.
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
    """
    if not rotated:
        return []
    functions = sorted({secret.function_arn for secret in rotated})
    switched = [
        {
            "Sid": f"RotateSecrets{number}",
            "Effect": "Allow",
            "Action": "secretsmanager:RotateSecret",
            "Resource": sorted(scope.secret(s.name) for s in rotated if s.function_arn == function),
            "Condition": {"ArnEquals": {"secretsmanager:RotationLambdaARN": function}},
        }
        for number, function in enumerate(functions, start=1)
    ]
    return [
        *switched,
        {
            "Sid": "StopRotation",
            "Effect": "Allow",
            "Action": "secretsmanager:CancelRotateSecret",
            "Resource": sorted(scope.secret(secret.name) for secret in rotated),
        },
        {
            "Sid": "InvokeRotationFunctions",
            "Effect": "Allow",
            "Action": "lambda:InvokeFunction",
            "Resource": functions,
        },
    ]
