"""SecretProviderClass: what the Secrets Store CSI driver mounts into a workload's pods.

Fields: kubernetes-sigs/secrets-store-csi-driver 1.6.0 (config/crd/bases), hashicorp/vault-csi-provider
1.7.4 (internal/config/config.go), aws/secrets-store-csi-driver-provider-aws 2.1.1 (provider/).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml

from components.documents.delivered import AwsRead, CustomObject, VaultClient, VaultRead, nested_parts

API_VERSION: Final = "secrets-store.csi.x-k8s.io/v1"
KIND: Final = "SecretProviderClass"
PLURAL: Final = "secretproviderclasses"
ENVIRONMENT_CLASS: Final = "privatecloud.mendix.com/environment-class"
"""Mendix's operator refuses a class without it.
https://docs.mendix.com/developerportal/deploy/secret-store-credentials/"""
IRSA_AUDIENCE: Final = "sts.amazonaws.com"
POD_IDENTITY_AUDIENCE: Final = "pods.eks.amazonaws.com"
"""What the AWS provider asks for; neither can be chosen (utils/token_parser.go)."""


@dataclass(frozen=True, kw_only=True)
class MountedKey:
    """One file with one key. `name` has no slash: the AWS provider can't make folders."""

    name: str
    key: str


@dataclass(frozen=True, kw_only=True)
class MountedVault:
    """The files of one secret of Vault. `mode` is octal, such as 0400; None leaves the driver's."""

    read: VaultRead
    files: tuple[MountedKey, ...]
    mode: str | None = None


@dataclass(frozen=True, kw_only=True)
class MountedAws:
    """The files of one AWS secret. The provider always writes `whole`, its JSON, too."""

    read: AwsRead
    whole: str
    files: tuple[MountedKey, ...] = ()
    mode: str | None = None


@dataclass(frozen=True, kw_only=True)
class ClassPlace:
    """Where a class lies. `role` names it among the workload's objects; `sync_to` is a
    Kubernetes Secret that the files are copied to."""

    role: str
    namespace: str
    name: str
    mendix: bool = False
    sync_to: str | None = None


def vault_class(
    place: ClassPlace, client: VaultClient, mounted: Sequence[MountedVault], ca_path: str | None
) -> CustomObject:
    """The class of a workload's secrets in Vault. `ca_path` lies in the provider's pod."""
    parameters = {
        "vaultAddress": client.address,
        "vaultAuthMountPath": client.auth_mount,
        "roleName": client.role,
        "audience": client.audience,
        "objects": _text([_vault_object(secret, file) for secret in mounted for file in secret.files]),
    }
    if client.namespace:
        parameters["vaultNamespace"] = client.namespace
    if ca_path:
        parameters["vaultCACertPath"] = ca_path
    files = [file.name for secret in mounted for file in secret.files]
    return _class(place, "vault", parameters, files)


def aws_class(
    place: ClassPlace, region: str, mounted: Sequence[MountedAws], *, pod_identity: bool = False
) -> CustomObject:
    """The class of a workload's secrets in AWS, read with the workload's own IAM role."""
    parameters = {"region": region, "objects": _text([_aws_object(secret) for secret in mounted])}
    if pod_identity:
        parameters["usePodIdentity"] = "true"
    keys = [name for s in mounted for name in ([file.name for file in s.files] or [s.whole])]
    return _class(place, "aws", parameters, keys, [s.whole for s in mounted if s.files])


def jmes_path(key: str) -> str:
    """A dotted key as a JMESPath of quoted identifiers, so that no character has a meaning.
    https://jmespath.org/specification.html#identifiers"""
    return ".".join(f'"{part}"' for part in nested_parts(key))


def _vault_object(secret: MountedVault, file: MountedKey) -> dict[str, Any]:
    read = secret.read
    made: dict[str, Any] = {"objectName": file.name, "secretPath": read.request, "secretKey": file.key}
    if read.arguments:
        made |= {"method": "PUT", "secretArgs": read.arguments}
    if secret.mode:
        made["filePermission"] = int(secret.mode, 8)
    return made


def _aws_object(secret: MountedAws) -> dict[str, Any]:
    made: dict[str, Any] = {
        "objectName": secret.read.name,
        "objectType": "secretsmanager",
        "objectAlias": secret.whole,
    }
    if secret.files:
        made["jmesPath"] = [{"path": jmes_path(f.key), "objectAlias": f.name} for f in secret.files]
    if secret.mode:
        made["filePermission"] = secret.mode
    return made


def _class(
    place: ClassPlace,
    provider: str,
    parameters: Mapping[str, str],
    files: Sequence[str],
    unsynced: Sequence[str] = (),
) -> CustomObject:
    """`unsynced` files are mounted too, but not copied to a Kubernetes Secret."""
    spec: dict[str, Any] = {"provider": provider, "parameters": dict(parameters)}
    if place.sync_to:
        data = [{"objectName": name, "key": name} for name in files]
        spec["secretObjects"] = [{"secretName": place.sync_to, "type": "Opaque", "data": data}]
    return CustomObject(
        role=place.role,
        api_version=API_VERSION,
        kind=KIND,
        plural=PLURAL,
        namespace=place.namespace,
        name=place.name,
        spec=spec,
        annotations={ENVIRONMENT_CLASS: "true"} if place.mendix else {},
        files=(*files, *unsynced),
    )


def _text(objects: Sequence[Mapping[str, Any]]) -> str:
    """The YAML text that `objects` has to be, though it stands in an object already."""
    return yaml.safe_dump(list(objects), sort_keys=False, default_flow_style=False, width=1000)
