"""Which changed inputs replace a resource, by type.

The others are updated in place, or refused by the handler where the server can't. Vault and AWS:
`ForceNew` in the schemas of terraform-provider-vault and terraform-provider-aws; a test holds this
table against them (tests/sandbox/deploy/provider_schemas.yaml, with files and commits, and the
differences with their reasons). A mount that is moved counts as replaced here, though the provider
remounts it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

_PLACE: Final = frozenset({"namespace", "backend", "path", "name", "roleName", "mount"})
"""Where an object of Vault is."""
_ALL: Final = frozenset({"*"})
_CA: Final = frozenset({"type", "commonName", "keyType", "keyBits", "excludeCnFromSans"})
"""Of a certificate its `ttl` alone replaces nothing: the provider's update changes its state and no
certificate. Here that is refused."""

REPLACED: Final[Mapping[str, frozenset[str]]] = {
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": frozenset(
        {"clusterName", "namespace", "serviceAccount"}
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": frozenset({"url"}),
    "aws:iam/role:Role": frozenset({"name", "path"}),
    "aws:iam/rolePolicy:RolePolicy": frozenset({"name", "role"}),
    "aws:kms/alias:Alias": frozenset({"name"}),
    "aws:kms/key:Key": frozenset({"customerMasterKeySpec", "keyUsage", "multiRegion"}),
    "aws:secretsmanager/secret:Secret": frozenset({"name"}),
    "aws:secretsmanager/secretPolicy:SecretPolicy": frozenset({"secretArn"}),
    "aws:secretsmanager/secretRotation:SecretRotation": frozenset({"secretId"}),
    "vault:appRole/authBackendRole:AuthBackendRole": _PLACE,
    "vault:database/secretBackendConnection:SecretBackendConnection": _PLACE,
    "vault:database/secretBackendRole:SecretBackendRole": _PLACE | {"dbName"},
    "vault:database/secretBackendStaticRole:SecretBackendStaticRole": _PLACE | {"dbName", "username"},
    "vault:index/audit:Audit": _ALL,
    "vault:index/authBackend:AuthBackend": _PLACE | {"type", "local"},
    "vault:index/certAuthBackendRole:CertAuthBackendRole": _PLACE | {"certificate"},
    "vault:index/mount:Mount": _PLACE | {"type", "local", "sealWrap", "externalEntropyAccess"},
    "vault:index/namespace:Namespace": _PLACE,
    "vault:index/policy:Policy": _PLACE,
    "vault:jwt/authBackend:AuthBackend": _PLACE | {"type", "local"},
    "vault:jwt/authBackendRole:AuthBackendRole": _PLACE | {"roleType"},
    "vault:kubernetes/authBackendConfig:AuthBackendConfig": _PLACE,
    "vault:kubernetes/authBackendRole:AuthBackendRole": _PLACE,
    "vault:kv/secretBackendV2:SecretBackendV2": _PLACE,
    "vault:pkiSecret/backendConfigAutoTidy:BackendConfigAutoTidy": _PLACE,
    "vault:pkiSecret/secretBackendConfigUrls:SecretBackendConfigUrls": _PLACE,
    "vault:pkiSecret/secretBackendCrlConfig:SecretBackendCrlConfig": _PLACE,
    "vault:pkiSecret/secretBackendIntermediateCertRequest:SecretBackendIntermediateCertRequest": _ALL,
    "vault:pkiSecret/secretBackendIntermediateSetSigned:SecretBackendIntermediateSetSigned": _ALL,
    "vault:pkiSecret/secretBackendRole:SecretBackendRole": _PLACE,
    "vault:pkiSecret/secretBackendRootCert:SecretBackendRootCert": _PLACE | _CA,
    "vault:pkiSecret/secretBackendRootSignIntermediate:SecretBackendRootSignIntermediate": (
        _PLACE | {"csr", "commonName", "maxPathLength", "excludeCnFromSans"}
    ),
    "vault:tokenauth/authBackendRole:AuthBackendRole": _PLACE,
    "vault:transit/secretBackendKey:SecretBackendKey": _PLACE | {"type", "derived", "convergentEncryption"},
}
"""By type token; `*` is every input."""

_TIMES_OF_TIDY: Final = frozenset(
    {"intervalDuration", "safetyBuffer", "issuerSafetyBuffer", "acmeAccountSafetyBuffer", "pauseDuration"}
)
CHOSEN: Final[Mapping[str, frozenset[str]]] = {
    "aws:kms/key:Key": frozenset({"description", "multiRegion", "policy"}),
    "vault:database/secretBackendConnection:SecretBackendConnection": frozenset({"pluginName"}),
    "vault:index/authBackend:AuthBackend": frozenset({"tune"}),
    "vault:index/certAuthBackendRole:CertAuthBackendRole": frozenset(
        {
            "allowedCommonNames",
            "allowedDnsSans",
            "allowedEmailSans",
            "allowedNames",
            "allowedUriSans",
            "displayName",
            "ocspEnabled",
        }
    ),
    "vault:index/mount:Mount": frozenset({"defaultLeaseTtlSeconds", "maxLeaseTtlSeconds", "sealWrap"}),
    "vault:index/namespace:Namespace": frozenset({"customMetadata"}),
    "vault:jwt/authBackend:AuthBackend": frozenset({"tune"}),
    "vault:jwt/authBackendRole:AuthBackendRole": frozenset({"boundClaimsType", "roleType"}),
    "vault:kubernetes/authBackendConfig:AuthBackendConfig": frozenset(
        {"disableIssValidation", "disableLocalCaJwt", "kubernetesCaCert", "useAnnotationsAsAliasMetadata"}
    ),
    "vault:kubernetes/authBackendRole:AuthBackendRole": frozenset({"aliasNameSource"}),
    "vault:kv/secretBackendV2:SecretBackendV2": frozenset({"casRequired", "maxVersions"}),
    "vault:pkiSecret/backendConfigAutoTidy:BackendConfigAutoTidy": _TIMES_OF_TIDY,
    "vault:pkiSecret/secretBackendCrlConfig:SecretBackendCrlConfig": frozenset(
        {"autoRebuildGracePeriod", "deltaRebuildInterval", "ocspExpiry"}
    ),
    "vault:pkiSecret/secretBackendRole:SecretBackendRole": frozenset(
        {
            "allowedUriSansTemplate",
            "cnValidations",
            "issuerRef",
            "keyUsages",
            "maxTtl",
            "notBeforeDuration",
            "ttl",
        }
    ),
    "vault:transit/secretBackendKey:SecretBackendKey": frozenset({"autoRotatePeriod"}),
}
"""Inputs that the provider takes from the server where the program gives none (`Computed` in the same
schemas), so that no other value is a difference. By type token."""

_KUBERNETES: Final = frozenset({"apiVersion", "kind", "metadata.name", "metadata.namespace"})
_BINDINGS: Final = frozenset({"roleRef"})
"""Immutable: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#clusterrolebinding-example"""
_WORKLOADS: Final[Mapping[str, frozenset[str]]] = {
    "Deployment": frozenset({"spec.selector"}),
    "StatefulSet": frozenset(
        {
            "spec.podManagementPolicy",
            "spec.revisionHistoryLimit",
            "spec.selector",
            "spec.serviceName",
            "spec.volumeClaimTemplates",
        }
    ),
}
"""`forceNew` in provider/pkg/provider/diff.go of pulumi-kubernetes, commit 94977969 of 2026-07-01, which
has the bindings' `roleRef` and the metadata too. Of a patch only its place replaces it."""
_HELM: Final = frozenset({"name", "namespace"})
"""provider/pkg/provider/helm_release.go of the same commit."""


def changed(type_: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The names of inputs that differ, and those among them that replace the resource. A name
    reaches into `metadata` and `spec` of Kubernetes objects with a point.

    Raises KeyError for a type that isn't in the table.
    """
    replacing = _replacing(type_)
    inner = ("metadata", "spec") if type_.startswith("kubernetes:") else ()
    names = sorted(_differences(old, new, inner))
    return names, [name for name in names if name in replacing or "*" in replacing]


def _replacing(type_: str) -> frozenset[str]:
    if not type_.startswith("kubernetes:"):
        return REPLACED[type_]
    kind = type_.rpartition(":")[2]
    if type_ == "kubernetes:helm.sh/v3:Release":
        return _HELM
    if kind in ("ClusterRoleBinding", "RoleBinding"):
        return _KUBERNETES | _BINDINGS
    return _KUBERNETES | _WORKLOADS.get(kind, frozenset())


def _differences(old: Mapping[str, Any], new: Mapping[str, Any], inner: tuple[str, ...]) -> Iterator[str]:
    for name in old.keys() | new.keys():
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if name in inner and isinstance(before, Mapping) and isinstance(after, Mapping):
            inside = cast("Mapping[str, Any]", before), cast("Mapping[str, Any]", after)
            yield from (f"{name}.{below}" for below in _differences(*inside, ()))
        else:
            yield name
