"""What a create does where the object is there already, by resource type.

Most APIs refuse; some write over what is there, so that two stacks with the same name take
turns without an error. The settings of a mount are there as soon as the mount is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from workload_secrets.sandbox.deploy.outcome import OccupiedError

_AWS: Final = "https://docs.aws.amazon.com"
_VAULT: Final = "https://developer.hashicorp.com/vault/api-docs"
_PROVIDER: Final = "terraform-provider-vault, vault/resource_policy.go: allow_overwrite = false"

REFUSED: Final[Mapping[str, str]] = {
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": (
        f"{_AWS}/eks/latest/APIReference/API_CreatePodIdentityAssociation.html ResourceInUseException"
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": (
        f"{_AWS}/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html EntityAlreadyExists"
    ),
    "aws:iam/role:Role": f"{_AWS}/IAM/latest/APIReference/API_CreateRole.html EntityAlreadyExists",
    "aws:kms/alias:Alias": f"{_AWS}/kms/latest/APIReference/API_CreateAlias.html AlreadyExistsException",
    "aws:secretsmanager/secret:Secret": (
        f"{_AWS}/secretsmanager/latest/apireference/API_CreateSecret.html ResourceExistsException"
    ),
    "vault:index/authBackend:AuthBackend": f"{_VAULT}/system/auth path is already in use",
    "vault:index/mount:Mount": f"{_VAULT}/system/mounts path is already in use",
    "vault:index/namespace:Namespace": f"{_VAULT}/system/namespaces#create-namespace",
    "vault:index/policy:Policy": _PROVIDER,
    "vault:jwt/authBackend:AuthBackend": f"{_VAULT}/system/auth path is already in use",
}
"""By type token, where it is said."""

OVERWRITTEN: Final[Mapping[str, str]] = {
    "aws:iam/rolePolicy:RolePolicy": f"{_AWS}/IAM/latest/APIReference/API_PutRolePolicy.html",
    "aws:secretsmanager/secretPolicy:SecretPolicy": (
        f"{_AWS}/secretsmanager/latest/apireference/API_PutResourcePolicy.html"
    ),
    "aws:secretsmanager/secretRotation:SecretRotation": (
        f"{_AWS}/secretsmanager/latest/apireference/API_RotateSecret.html"
    ),
    "vault:appRole/authBackendRole:AuthBackendRole": f"{_VAULT}/auth/approle#create-update-approle",
    "vault:database/secretBackendConnection:SecretBackendConnection": (
        f"{_VAULT}/secret/databases#configure-connection"
    ),
    "vault:database/secretBackendRole:SecretBackendRole": f"{_VAULT}/secret/databases#create-role",
    "vault:database/secretBackendStaticRole:SecretBackendStaticRole": (
        f"{_VAULT}/secret/databases#create-static-role"
    ),
    "vault:index/certAuthBackendRole:CertAuthBackendRole": f"{_VAULT}/auth/cert#create-ca-certificate-role",
    "vault:jwt/authBackendRole:AuthBackendRole": f"{_VAULT}/auth/jwt#create-update-role",
    "vault:kubernetes/authBackendConfig:AuthBackendConfig": f"{_VAULT}/auth/kubernetes#configure-method",
    "vault:kubernetes/authBackendRole:AuthBackendRole": f"{_VAULT}/auth/kubernetes#create-update-role",
    "vault:kv/secretBackendV2:SecretBackendV2": f"{_VAULT}/secret/kv/kv-v2#configure-the-kv-engine",
    "vault:pkiSecret/backendConfigAutoTidy:BackendConfigAutoTidy": (
        f"{_VAULT}/secret/pki#configure-automatic-tidying"
    ),
    "vault:pkiSecret/secretBackendConfigUrls:SecretBackendConfigUrls": f"{_VAULT}/secret/pki#set-urls",
    "vault:pkiSecret/secretBackendCrlConfig:SecretBackendCrlConfig": (
        f"{_VAULT}/secret/pki#set-revocation-configuration"
    ),
    "vault:pkiSecret/secretBackendRole:SecretBackendRole": f"{_VAULT}/secret/pki#create-update-role",
    "vault:pkiSecret/secretBackendRootCert:SecretBackendRootCert": f"{_VAULT}/secret/pki#generate-root",
    "vault:tokenauth/authBackendRole:AuthBackendRole": f"{_VAULT}/auth/token#create-update-token-role",
    "vault:transit/secretBackendKey:SecretBackendKey": f"{_VAULT}/secret/transit#create-key",
}
"""By type token, where it is said. A key of Transit that exists is kept as it is."""


def refuse(type_: str, what: str) -> None:
    """Raises OccupiedError where the API would refuse to make the object `what` again."""
    if type_ not in OVERWRITTEN:
        raise OccupiedError(
            f"{what} exists already, and its API refuses to make it again: declare it as existing"
        )
