"""Symbols: stand-ins for the outputs that only a real server computes.

They are well formed and depend on the resource's URN and inputs alone, so that documents
built from them can be evaluated and are the same in every run. Account and region come
from the provider's configuration.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from workload_secrets.graph import foreign
from workload_secrets.graph.errors import RealizeError
from workload_secrets.graph.model import UNKNOWN, Resource

_Computed = Callable[[Resource], dict[str, Any]]
_PARTITIONS: Final = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"))


def mark(resource: Resource, length: int = 12) -> str:
    """Hex digits that name this resource, the same in every run."""
    return hashlib.sha256(resource.urn.encode()).hexdigest()[:length]


def _arn(resource: Resource, service: str, rest: str, *, region: bool = True) -> str:
    place = str(resource.inputs.get("region") or resource.provider["region"])
    partition = next((p for start, p in _PARTITIONS if place.startswith(start)), "aws")
    account = resource.provider["allowedAccountIds"][0]
    return f"arn:{partition}:{service}:{place if region else ''}:{account}:{rest}"


def _name(resource: Resource) -> str:
    """The explicit name, else the engine's kind of automatic name."""
    return str(resource.inputs.get("name") or f"{resource.name}-{mark(resource, 7)}")


def _key(resource: Resource) -> dict[str, Any]:
    key_id = f"symbol-{mark(resource)}"
    return {"id": key_id, "keyId": key_id, "arn": _arn(resource, "kms", f"key/{key_id}")}


def _alias(resource: Resource) -> dict[str, Any]:
    name = _name(resource)
    target = str(resource.inputs.get("targetKeyId") or "")
    arn = target if target.startswith("arn:") else _arn(resource, "kms", f"key/{target}")
    return {"id": name, "name": name, "arn": _arn(resource, "kms", name), "targetKeyArn": arn}


def _secret(resource: Resource) -> dict[str, Any]:
    name = _name(resource)
    # Secrets Manager adds a hyphen and six characters to the name.
    arn = _arn(resource, "secretsmanager", f"secret:{name}-{_six(resource)}")
    return {"id": arn, "name": name, "arn": arn}


def _six(resource: Resource) -> str:
    return "sy" + mark(resource, 4)


def _secret_policy(resource: Resource) -> dict[str, Any]:
    return {"id": resource.inputs["secretArn"]}


def _rotation(resource: Resource) -> dict[str, Any]:
    return {"id": resource.inputs["secretId"], "rotationEnabled": True}


def _audit(resource: Resource) -> dict[str, Any]:
    return {"id": resource.inputs["path"]}


def _role(resource: Resource) -> dict[str, Any]:
    name = _name(resource)
    path = str(resource.inputs.get("path") or "/")
    arn = _arn(resource, "iam", f"role{path}{name}", region=False)
    return {"id": name, "name": name, "arn": arn, "uniqueId": f"AROASYMBOL{mark(resource, 11).upper()}"}


def _role_policy(resource: Resource) -> dict[str, Any]:
    name = _name(resource)
    return {"id": f"{resource.inputs['role']}:{name}", "name": name}


def _policy(resource: Resource) -> dict[str, Any]:
    name, path = _name(resource), str(resource.inputs.get("path") or "/")
    arn = _arn(resource, "iam", f"policy{path}{name}", region=False)
    return {"id": arn, "name": name, "arn": arn}


def _aws(resource: Resource) -> dict[str, Any]:
    """Anything of AWS: its kind and a symbol as ARN."""
    service, kind = resource.type.split(":")[1].split("/")
    name = f"symbol-{mark(resource)}"
    return {"id": name, "arn": _arn(resource, service, f"{kind}/{name}")}


def _only_id(resource: Resource) -> dict[str, Any]:
    return {"id": f"symbol-{mark(resource)}"}


def _oidc_provider(resource: Resource) -> dict[str, Any]:
    host = str(resource.inputs["url"]).removeprefix("https://")
    arn = _arn(resource, "iam", f"oidc-provider/{host}", region=False)
    return {"id": arn, "arn": arn}


def _pod_identity(resource: Resource) -> dict[str, Any]:
    association = f"a-symbol{mark(resource, 10)}"
    cluster = resource.inputs["clusterName"]
    arn = _arn(resource, "eks", f"podidentityassociation/{cluster}/{association}")
    return {"id": f"{cluster},{association}", "associationId": association, "associationArn": arn}


def _vault_mount(resource: Resource) -> dict[str, Any]:
    kind = str(resource.inputs["type"]).removesuffix("-v2")
    return {"id": resource.inputs["path"], "accessor": f"{kind}_symbol{mark(resource, 8)}"}


def _vault_auth(kind: str | None = None) -> _Computed:
    def computed(resource: Resource) -> dict[str, Any]:
        method = kind or str(resource.inputs["type"])
        path = resource.inputs.get("path") or method
        return {"id": path, "path": path, "accessor": f"auth_{method}_symbol{mark(resource, 8)}"}

    return computed


def _vault_role(default: str) -> _Computed:
    def computed(resource: Resource) -> dict[str, Any]:
        backend = str(resource.inputs.get("backend") or default)
        return {"id": f"auth/{backend}/role/{resource.inputs['roleName']}", "backend": backend}

    return computed


def _approle(resource: Resource) -> dict[str, Any]:
    return {**_vault_role("approle")(resource), "roleId": f"symbol-{mark(resource)}"}


def _cert_role(resource: Resource) -> dict[str, Any]:
    backend = str(resource.inputs.get("backend") or "cert")
    return {"id": f"auth/{backend}/certs/{resource.inputs['name']}", "backend": backend}


def _token_role(resource: Resource) -> dict[str, Any]:
    return {"id": f"auth/token/roles/{resource.inputs['roleName']}"}


def _vault_config(resource: Resource) -> dict[str, Any]:
    backend = str(resource.inputs.get("backend") or "kubernetes")
    return {"id": f"auth/{backend}/config", "backend": backend}


def _vault_kv_config(resource: Resource) -> dict[str, Any]:
    return {"id": f"{resource.inputs['mount']}/config"}


def _vault_namespace(resource: Resource) -> dict[str, Any]:
    path = resource.inputs["path"]
    return {"id": f"{path}/", "pathFq": path, "namespaceId": f"symbol{mark(resource, 5)}"}


def _vault_below(path: str, key: str = "") -> _Computed:
    """What lies below a mount, by a path; `key` names the input that ends it."""

    def computed(resource: Resource) -> dict[str, Any]:
        return {"id": f"{resource.inputs['backend']}/{path}{resource.inputs[key] if key else ''}"}

    return computed


def _authority(path: str, *names: str) -> _Computed:
    """A step in making a CA: `names` are texts that only the server knows."""

    def computed(resource: Resource) -> dict[str, Any]:
        symbol = mark(resource)
        known = {name: f"symbol-{symbol}-{name}" for name in names}
        return {"id": f"{resource.inputs['backend']}/{path}/{symbol}", **known}

    return computed


def _transit_key(resource: Resource) -> dict[str, Any]:
    return {"latestVersion": 1, **_vault_below("keys/", "name")(resource)}


def _kubernetes(resource: Resource) -> dict[str, Any]:
    metadata = dict(resource.inputs.get("metadata") or {})
    name = metadata.setdefault("name", f"{resource.name}-{mark(resource, 8)}")
    metadata["uid"] = f"symbol-{mark(resource)}"
    namespace = metadata.get("namespace")
    return {"id": f"{namespace}/{name}" if namespace else name, "metadata": metadata}


def _helm_release(resource: Resource) -> dict[str, Any]:
    name = _name(resource)
    return {"id": f"{resource.inputs['namespace']}/{name}", "name": name, "status": {"status": "deployed"}}


def _same_name(resource: Resource) -> dict[str, Any]:
    name = _name(resource)
    return {"id": name, "name": name}


_ROOT: Final = ("certificate", "issuerId", "issuingCa", "keyId", "serialNumber")
_REQUEST: Final = ("csr", "keyId")
_SIGNED: Final = ("certificate", "certificateBundle", "issuingCa", "serialNumber")

TABLE: Final[Mapping[str, _Computed]] = {
    **dict.fromkeys(foreign.AWS, _aws),
    **dict.fromkeys(foreign.VAULT, _only_id),
    "aws:iam/policy:Policy": _policy,
    "kubernetes:helm.sh/v3:Release": _helm_release,
    "aws:kms/key:Key": _key,
    "aws:kms/alias:Alias": _alias,
    "aws:secretsmanager/secret:Secret": _secret,
    "aws:secretsmanager/secretPolicy:SecretPolicy": _secret_policy,
    "aws:secretsmanager/secretRotation:SecretRotation": _rotation,
    "aws:iam/role:Role": _role,
    "aws:iam/rolePolicy:RolePolicy": _role_policy,
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": _oidc_provider,
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": _pod_identity,
    "vault:index/audit:Audit": _audit,
    "vault:index/mount:Mount": _vault_mount,
    "vault:index/authBackend:AuthBackend": _vault_auth(),
    "vault:kubernetes/authBackendConfig:AuthBackendConfig": _vault_config,
    "vault:kubernetes/authBackendRole:AuthBackendRole": _vault_role("kubernetes"),
    "vault:index/policy:Policy": _same_name,
    "vault:kv/secretBackendV2:SecretBackendV2": _vault_kv_config,
    "vault:database/secretBackendConnection:SecretBackendConnection": _vault_below("config/", "name"),
    "vault:database/secretBackendRole:SecretBackendRole": _vault_below("roles/", "name"),
    "vault:database/secretBackendStaticRole:SecretBackendStaticRole": _vault_below("static-roles/", "name"),
    "vault:pkiSecret/backendConfigAutoTidy:BackendConfigAutoTidy": _vault_below("config/auto-tidy"),
    "vault:pkiSecret/secretBackendConfigUrls:SecretBackendConfigUrls": _vault_below("config/urls"),
    "vault:pkiSecret/secretBackendCrlConfig:SecretBackendCrlConfig": _vault_below("config/crl"),
    "vault:pkiSecret/secretBackendRole:SecretBackendRole": _vault_below("roles/", "name"),
    "vault:pkiSecret/secretBackendRootCert:SecretBackendRootCert": _authority("issuer", *_ROOT),
    "vault:pkiSecret/secretBackendIntermediateCertRequest:SecretBackendIntermediateCertRequest": (
        _authority("issuers/generate/intermediate/internal", *_REQUEST)
    ),
    "vault:pkiSecret/secretBackendRootSignIntermediate:SecretBackendRootSignIntermediate": (
        _authority("root/sign-intermediate", *_SIGNED)
    ),
    "vault:pkiSecret/secretBackendIntermediateSetSigned:SecretBackendIntermediateSetSigned": (
        _authority("intermediate/set-signed")
    ),
    "vault:transit/secretBackendKey:SecretBackendKey": _transit_key,
    "vault:jwt/authBackend:AuthBackend": _vault_auth("jwt"),
    "vault:jwt/authBackendRole:AuthBackendRole": _vault_role("jwt"),
    "vault:appRole/authBackendRole:AuthBackendRole": _approle,
    "vault:index/certAuthBackendRole:CertAuthBackendRole": _cert_role,
    "vault:tokenauth/authBackendRole:AuthBackendRole": _token_role,
    "vault:index/namespace:Namespace": _vault_namespace,
}
COMPUTED: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:kms/key:Key": ("arn", "keyId"),
    "aws:kms/alias:Alias": ("arn",),
    "aws:secretsmanager/secret:Secret": ("arn",),
    "aws:iam/role:Role": ("arn",),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": ("arn",),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": ("associationId",),
    "vault:index/mount:Mount": ("accessor",),
    "vault:index/authBackend:AuthBackend": ("accessor",),
    "vault:jwt/authBackend:AuthBackend": ("accessor",),
    "vault:pkiSecret/secretBackendRootCert:SecretBackendRootCert": _ROOT,
    "vault:pkiSecret/secretBackendIntermediateCertRequest:SecretBackendIntermediateCertRequest": _REQUEST,
    "vault:pkiSecret/secretBackendRootSignIntermediate:SecretBackendRootSignIntermediate": _SIGNED,
    "vault:transit/secretBackendKey:SecretBackendKey": ("latestVersion",),
    "vault:appRole/authBackendRole:AuthBackendRole": ("roleId",),
}


def realize(resource: Resource) -> dict[str, Any]:
    """Inputs and computed outputs. Raises RealizeError for a type that has no symbols."""
    computed = TABLE.get(resource.type)
    if computed is None and resource.type.startswith("kubernetes:"):
        computed = _kubernetes
    if computed is None:
        raise RealizeError(
            f"type {resource.type} has no symbols, so its computed outputs would silently be none. "
            "Add it to TABLE in workload_secrets/graph/symbols.py."
        )
    try:
        return {**resource.inputs, **computed(resource)}
    except KeyError as error:
        raise RealizeError(f"{resource.type}: {error.args[0]} is missing, its symbols need it") from None


def unknown(resource: Resource) -> dict[str, Any]:
    """What is known at preview: the inputs; computed outputs are unknown."""
    names = ("id", *COMPUTED.get(resource.type, ()))
    return {**resource.inputs, **{name: UNKNOWN for name in names if name not in resource.inputs}}
