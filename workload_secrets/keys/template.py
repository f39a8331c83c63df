"""Writes the empty template of an AWS secret once, and never over a value."""

from __future__ import annotations

import hashlib
from typing import Any, Final

TEMPLATE_STAGE: Final = "workload-secrets-template"
"""Staging label of the template's version. Secrets Manager gives AWSCURRENT by itself to
the first version of a secret and moves it to a later one only when asked. So a put that
asks for this label alone can't replace a value that another wrote meanwhile.
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html"""


def write_if_absent(client: Any, secret_id: str, text: str) -> bool:
    """Puts `text` as the first version of a secret; False when there is a version already.

    `client` is a boto3 secretsmanager client, `secret_id` a name or ARN. The request token
    is the text's SHA-256, so a repeat after a lost answer makes no second version. Needs
    DescribeSecret and PutSecretValue. Raises botocore's errors.
    """
    if _has_current(client, secret_id):
        return False
    return _put(client, secret_id, text, TEMPLATE_STAGE)


def _has_current(client: Any, secret_id: str) -> bool:
    described = client.describe_secret(SecretId=secret_id)
    stages: dict[str, list[str]] = described.get("VersionIdsToStages") or {}
    return any("AWSCURRENT" in labels for labels in stages.values())


def _put(client: Any, secret_id: str, text: str, stage: str) -> bool:
    """True when the new version is the current one."""
    answer = client.put_secret_value(
        SecretId=secret_id,
        SecretString=text,
        ClientRequestToken=hashlib.sha256(text.encode()).hexdigest(),
        VersionStages=[stage],
    )
    return "AWSCURRENT" in answer.get("VersionStages", ())
