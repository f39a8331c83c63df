"""Which handler makes which type, and how its provider's settings become clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from workload_secrets.sandbox.deploy.aws import eks, iam, kms, rotation, secretsmanager
from workload_secrets.sandbox.deploy.aws.provider import AwsProvider
from workload_secrets.sandbox.deploy.call import Handler
from workload_secrets.sandbox.deploy.kubernetes import helm, objects
from workload_secrets.sandbox.deploy.kubernetes.provider import KubernetesProvider
from workload_secrets.sandbox.deploy.outcome import HandlerError
from workload_secrets.sandbox.deploy.vault import (
    auth,
    database,
    methods,
    mounts,
    pki,
    pki_ca,
    policies,
    roles,
    transit,
)
from workload_secrets.sandbox.deploy.vault.audit import audit_device
from workload_secrets.sandbox.deploy.vault.provider import VaultProvider

HANDLERS: Final[Mapping[str, Handler]] = {
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": eks.pod_identity_association,
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": iam.openid_connect_provider,
    "aws:iam/role:Role": iam.role,
    "aws:iam/rolePolicy:RolePolicy": iam.role_policy,
    "aws:kms/alias:Alias": kms.alias,
    "aws:kms/key:Key": kms.key,
    "aws:secretsmanager/secret:Secret": secretsmanager.secret,
    "aws:secretsmanager/secretPolicy:SecretPolicy": secretsmanager.secret_policy,
    "aws:secretsmanager/secretRotation:SecretRotation": rotation.secret_rotation,
    "vault:appRole/authBackendRole:AuthBackendRole": roles.approle_role,
    "vault:database/secretBackendConnection:SecretBackendConnection": database.connection,
    "vault:database/secretBackendRole:SecretBackendRole": database.dynamic_role,
    "vault:database/secretBackendStaticRole:SecretBackendStaticRole": database.static_role,
    "vault:index/audit:Audit": audit_device,
    "vault:index/authBackend:AuthBackend": auth.auth_backend,
    "vault:index/certAuthBackendRole:CertAuthBackendRole": roles.cert_role,
    "vault:index/mount:Mount": mounts.mount,
    "vault:index/namespace:Namespace": mounts.vault_namespace,
    "vault:index/policy:Policy": policies.policy,
    "vault:jwt/authBackend:AuthBackend": methods.jwt_backend,
    "vault:jwt/authBackendRole:AuthBackendRole": roles.jwt_role,
    "vault:kubernetes/authBackendConfig:AuthBackendConfig": methods.kubernetes_config,
    "vault:kubernetes/authBackendRole:AuthBackendRole": roles.kubernetes_role,
    "vault:kv/secretBackendV2:SecretBackendV2": mounts.kv_backend,
    "vault:pkiSecret/backendConfigAutoTidy:BackendConfigAutoTidy": pki.auto_tidy,
    "vault:pkiSecret/secretBackendConfigUrls:SecretBackendConfigUrls": pki.urls,
    "vault:pkiSecret/secretBackendCrlConfig:SecretBackendCrlConfig": pki.crl,
    "vault:pkiSecret/secretBackendIntermediateCertRequest:SecretBackendIntermediateCertRequest": (
        pki_ca.request
    ),
    "vault:pkiSecret/secretBackendIntermediateSetSigned:SecretBackendIntermediateSetSigned": (
        pki_ca.set_signed
    ),
    "vault:pkiSecret/secretBackendRole:SecretBackendRole": pki.role,
    "vault:pkiSecret/secretBackendRootCert:SecretBackendRootCert": pki_ca.root,
    "vault:pkiSecret/secretBackendRootSignIntermediate:SecretBackendRootSignIntermediate": pki_ca.sign,
    "vault:tokenauth/authBackendRole:AuthBackendRole": roles.token_role,
    "vault:transit/secretBackendKey:SecretBackendKey": transit.key,
}
"""By type token. Every `kubernetes:` type but a Helm release goes to one handler, which knows
its kinds."""

PROVIDERS: Final[Mapping[str, Callable[[str, Mapping[str, Any]], Any]]] = {
    "aws": AwsProvider,
    "vault": VaultProvider,
    "kubernetes": KubernetesProvider,
}
"""By system, what makes clients of a provider's name and settings. Raises HandlerError."""


def handler_of(type_: str) -> Handler:
    """Raises HandlerError for a type that has none."""
    if type_ == "kubernetes:helm.sh/v3:Release":
        return helm.release
    if type_.startswith("kubernetes:"):
        return objects.apply
    found = HANDLERS.get(type_)
    if found is None:
        raise HandlerError(f"no handler for type {type_}: the sandbox can't make it")
    return found
