"""Things that several secrets or stacks use, each declared once."""

from __future__ import annotations

from collections.abc import Mapping

from components.config.base import Manage, Model


class KvMount(Model):
    mount: str
    manage: Manage = "create"
    owner: str | None = None
    description: str | None = None
    max_versions: int = 10
    cas_required: bool = False
    delete_version_after_seconds: int | None = None


class Namespace(Model):
    manage: Manage = "create"
    owner: str | None = None


class KmsKey(Model):
    """`arn` belongs to `existing`. `administrators` are IAM role ARNs that keep control."""

    manage: Manage = "create"
    owner: str | None = None
    arn: str | None = None
    administrators: tuple[str, ...] = ()


class OidcProvider(Model):
    manage: Manage = "create"
    owner: str | None = None


class AuthMount(Model):
    manage: Manage = "create"
    owner: str | None = None


class VaultNamespace(Model):
    manage: Manage = "existing"
    owner: str | None = None


class Shared(Model):
    """`kv_mounts` and `namespaces` are keyed by the name that secrets and workloads use."""

    kv_mounts: Mapping[str, KvMount] = {}
    namespaces: Mapping[str, Namespace] = {}
    kms_key: KmsKey = KmsKey()
    oidc_provider: OidcProvider = OidcProvider()
    auth_mount: AuthMount = AuthMount()
    vault_namespace: VaultNamespace = VaultNamespace()
