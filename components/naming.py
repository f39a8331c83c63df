"""Names in AWS, Vault and Kubernetes: how they are made and how long they may be.

Names are refused over a limit, never cut: two long names could be cut to the same one.
"""

from __future__ import annotations

from typing import Final

from components.config.errors import ConfigError
from components.limits import IAM_ROLE_NAME_MAX, KMS_ALIAS_MAX, VAULT_NAME_MAX

MENDIX_VAULT_ROLE: Final = "pmp-secret-accessor-role"
OPERATOR_CONFIGURATION: Final = "mendix-operator-configuration"
ROLE_ARN_ANNOTATION: Final = "eks.amazonaws.com/role-arn"
"""Tells EKS which role a ServiceAccount's pods take.
https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html"""

# Region prefix to partition and DNS suffix, the longest prefix first.
# https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json
_PARTITIONS: Final = (
    ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
    ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
    ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
    ("us-iso-", "aws-iso", "c2s.ic.gov"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("eusc-", "aws-eusc", "amazonaws.eu"),
    ("cn-", "aws-cn", "amazonaws.com.cn"),
)


def partition(region: str) -> str:
    """The partition of an AWS region: `aws`, `aws-cn`, `aws-us-gov`, `aws-eusc`, ..."""
    return next((name for prefix, name, _ in _PARTITIONS if region.startswith(prefix)), "aws")


def dns_suffix(region: str) -> str:
    """What the hosts of a region's services end in, such as `amazonaws.com`."""
    return next((suffix for prefix, _, suffix in _PARTITIONS if region.startswith(prefix)), "amazonaws.com")


def iam_role_name(cluster: str, principal: str) -> str:
    """`CLUSTER-PRINCIPAL`. Raises ConfigError over the limit."""
    return _within(f"{cluster}-{principal}", IAM_ROLE_NAME_MAX, "IAM role name")


def ci_role_name(cluster: str, job: str) -> str:
    """`CLUSTER-ci-JOB` of a job's roles and policy, lower case. Raises ConfigError over the limit."""
    return _within(
        f"{cluster}-ci-{job}".lower(), min(IAM_ROLE_NAME_MAX, VAULT_NAME_MAX), "role name of a job"
    )


def kms_alias(environment: str, cluster: str) -> str:
    """`alias/ENVIRONMENT-CLUSTER-secrets`, the name once where both are equal."""
    return _alias(environment, cluster, "secrets")


def unseal_alias(environment: str, cluster: str) -> str:
    """`alias/ENVIRONMENT-CLUSTER-unseal`, the key of the cluster's Vault server."""
    return _alias(environment, cluster, "unseal")


def vault_policy_name(cluster: str, principal: str) -> str:
    """`CLUSTER-PRINCIPAL`, lower case as Vault stores it. Raises ConfigError over the limit."""
    return _within(f"{cluster}-{principal}".lower(), VAULT_NAME_MAX, "Vault policy name")


def vault_role_name(principal: str, *, mendix: bool, given: str | None = None) -> str:
    """The given name, else the one the Mendix platform asks for, else the principal's."""
    return _within(given or (MENDIX_VAULT_ROLE if mendix else principal), VAULT_NAME_MAX, "Vault role name")


def secret_arn(region: str, account: str, name: str) -> str:
    """The pattern that matches exactly one secret by name: six question marks at its end."""
    return f"arn:{partition(region)}:secretsmanager:{region}:{account}:secret:{name}-??????"


def role_arn(region: str, account: str, name: str) -> str:
    """The ARN of an IAM role."""
    return f"arn:{partition(region)}:iam::{account}:role/{name}"


def oidc_provider_arn(region: str, account: str, issuer: str) -> str:
    """The ARN of the IAM OIDC provider of an issuer URL."""
    return f"arn:{partition(region)}:iam::{account}:oidc-provider/{issuer_id(issuer)}"


def issuer_id(issuer: str) -> str:
    """An issuer URL without scheme, as IAM's condition keys and ARNs have it."""
    return issuer.removeprefix("https://")


def _alias(environment: str, cluster: str, use: str) -> str:
    prefix = environment if environment == cluster else f"{environment}-{cluster}"
    return _within(f"alias/{prefix}-{use}", KMS_ALIAS_MAX, "KMS alias")


def _within(name: str, limit: int, kind: str) -> str:
    if len(name) > limit:
        raise ConfigError(
            f"{kind}: got {name!r} ({len(name)} characters); allowed: at most {limit} characters; "
            "remedy: shorten the names it is made of (facts.cluster.name, environment, workload or writer)"
        )
    return name
