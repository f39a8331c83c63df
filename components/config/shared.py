"""Things that several secrets or stacks use, each declared once."""

from __future__ import annotations

from collections.abc import Mapping

from components.config.audit import Audit
from components.config.base import Manage, Model
from components.config.engines.database import Database
from components.config.engines.pki import PkiMount
from components.config.engines.transit import TransitMount
from components.config.fields import (
    AuthMountPath,
    DeleteAfterSeconds,
    Description,
    KeyArn,
    KvMountPath,
    Line,
    MaxVersions,
    Name,
    RoleArn,
)
from components.config.fields import Namespace as NamespaceName


class KvMount(Model):
    mount: KvMountPath
    manage: Manage = "create"
    owner: Line | None = None
    description: Description | None = None
    max_versions: MaxVersions = 10
    cas_required: bool = False
    delete_version_after_seconds: DeleteAfterSeconds | None = None


class Namespace(Model):
    manage: Manage = "create"
    owner: Line | None = None


class KmsKey(Model):
    """`arn` belongs to `existing`. `administrators` are IAM role ARNs that keep control."""

    manage: Manage = "create"
    owner: Line | None = None
    arn: KeyArn | None = None
    administrators: tuple[RoleArn, ...] = ()


class OidcProvider(Model):
    manage: Manage = "create"
    owner: Line | None = None


class AuthMount(Model):
    manage: Manage = "create"
    owner: Line | None = None


class VaultNamespace(Model):
    manage: Manage = "existing"
    owner: Line | None = None


class Shared(Model):
    """Mounts, databases and namespaces are keyed by the name that secrets and workloads use;
    `identity_mounts`, those of identities that aren't pods, by their path."""

    kv_mounts: Mapping[Name, KvMount] = {}
    databases: Mapping[Name, Database] = {}
    pki_mounts: Mapping[Name, PkiMount] = {}
    transit_mounts: Mapping[Name, TransitMount] = {}
    namespaces: Mapping[NamespaceName, Namespace] = {}
    kms_key: KmsKey = KmsKey()
    oidc_provider: OidcProvider = OidcProvider()
    auth_mount: AuthMount = AuthMount()
    identity_mounts: Mapping[AuthMountPath, AuthMount] = {}
    vault_namespace: VaultNamespace = VaultNamespace()
    audit: Audit | None = None
