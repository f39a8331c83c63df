"""Limits of the vendors, each with the page that states it."""

from __future__ import annotations

from typing import Final

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
IAM_ROLE_NAME_MAX: Final = 64
# https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
KMS_ALIAS_MAX: Final = 256
# https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
SECRET_NAME_MAX: Final = 512
SECRET_VALUE_MAX: Final = 65_536
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
RECOVERY_DAYS_LEAST: Final = 7
RECOVERY_DAYS_MOST: Final = 30
# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
DNS_LABEL_MAX: Final = 63
DNS_SUBDOMAIN_MAX: Final = 253
# Vault documents no limit for the names of policies, roles and mounts; 128 fits every storage.
# https://developer.hashicorp.com/vault/docs/internals/limits
VAULT_NAME_MAX: Final = 128
VAULT_PATH_MAX: Final = 512
KV_VERSIONS_MAX: Final = 1000
"""The most versions of a KV secret that a stack file may ask for. Vault itself has no bound."""
# https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication
GITHUB_OWNER_MAX: Final = 39
# https://docs.github.com/en/repositories/creating-and-managing-repositories/repository-limits
GITHUB_REPOSITORY_MAX: Final = 100
# https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments
GITHUB_ENVIRONMENT_MAX: Final = 255
