"""IAM documents of the key that unseals a Vault server: one role may use it, nobody else.

https://developer.hashicorp.com/vault/docs/configuration/seal/awskms#authentication names the
three actions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.documents.arn import AwsScope
from components.documents.iam import KEY_ADMINISTRATION
from components.documents.text import policy_text

USE = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt")


def key_policy(scope: AwsScope, *, role: str, administrators: Sequence[str] = ()) -> str:
    """Keeps the account's administrators; only the role `role` (its name) encrypts and decrypts.

    IAM alone can't grant the use: the account as a whole gets administration only. The role
    has to exist when this is written.
    """
    administer: dict[str, Any] = {"Effect": "Allow", "Action": list(KEY_ADMINISTRATION), "Resource": "*"}
    statements = [{**administer, "Sid": "AccountAdministersThroughIam", "Principal": {"AWS": scope.root}}]
    if administrators:
        statements.append(
            {**administer, "Sid": "NamedAdministrators", "Principal": {"AWS": sorted(administrators)}}
        )
    statements.append(
        {
            "Sid": "ServerUnseals",
            "Effect": "Allow",
            "Principal": {"AWS": scope.role(role)},
            "Action": list(USE),
            "Resource": "*",  # in a key policy: this key
        }
    )
    return policy_text(statements)


def key_use(key_arn: str) -> str:
    """The role's own policy: exactly this key."""
    return policy_text([{"Sid": "Unseal", "Effect": "Allow", "Action": list(USE), "Resource": key_arn}])
