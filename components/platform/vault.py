"""The platform's half in Vault or OpenBao: which components the configuration asks for there."""

from __future__ import annotations

from pathlib import Path

import pulumi

from components import naming, providers, vault_grants
from components.config import resolve
from components.config.facts import VaultFacts
from components.config.resolve import Principal
from components.config.stack import StackConfig
from components.platform import audit as platform_audit
from components.platform import engines as platform_engines
from components.platform import identities as platform_identities
from components.platform.context import VaultContext
from components.vault.auth_mount import AuthMount, AuthMountArgs
from components.vault.kv_mount import KvMount, KvMountArgs
from components.vault.vault_namespace import VaultNamespace, VaultNamespaceArgs
from components.vault.workload_role import WorkloadRole, WorkloadRoleArgs


class VaultPart:
    """Namespace and mounts at once; a role for each principal that asks."""

    def __init__(
        self, config: StackConfig, facts: VaultFacts, parent: pulumi.Resource, *, root: Path, ca_pem: str
    ) -> None:
        self._config = config
        self._facts = facts
        self._parent = parent
        self._protect = config.tier == "production"
        self._namespace = self._vault_namespace()
        provider = providers.vault_provider(config, facts, parent)
        self._opts = pulumi.ResourceOptions(parent=parent, providers=[provider])
        for name in sorted({secret.mount for secret in resolve.kv_secrets(config).values()}):
            self._kv_mount(name)
        self.context = context = self._context(provider, root)
        platform_audit.declare(config, context)
        authorities = platform_engines.declare(config, context)
        self._auth = self._auth_mount(root, ca_pem)
        self.logins: dict[str, WorkloadRole | platform_identities.Role] = {
            **platform_identities.declare(config, context, authorities)
        }

    @property
    def roles(self) -> dict[str, pulumi.Output[str]]:
        """The roles' names by principal."""
        return {name: login.role_name for name, login in self.logins.items()}

    @classmethod
    def of(cls, config: StackConfig, parent: pulumi.Resource, *, root: Path, ca_pem: str) -> VaultPart | None:
        """None where the stack has no secret in Vault."""
        facts = config.facts.vault
        if facts is None or not resolve.vault_secrets(config):
            return None
        return cls(config, facts, parent, root=root, ca_pem=ca_pem)

    def role(self, principal: Principal) -> WorkloadRole | None:
        """The principal's role, None where it logs in to Vault for nothing."""
        if not resolve.uses_vault(self._config, principal):
            return None
        grants = tuple(
            grant
            for key in resolve.secrets_of(self._config, principal, "vault")
            for grant in vault_grants.grants(self._config, principal, key)
        )
        role = WorkloadRole(
            principal.name,
            WorkloadRoleArgs(
                auth_mount=self._facts.auth_mount,
                method="jwt" if self._facts.reviewer == "jwt" else "kubernetes",
                role_name=principal.vault_role,
                policy_name=naming.vault_policy_name(self._config.facts.cluster.name, principal.name),
                namespace=principal.namespace,
                service_account=principal.service_account,
                audience=principal.vault_audience,
                grants=grants,
                token_ttl_seconds=principal.identity.token_ttl_seconds,
                token_max_ttl_seconds=principal.identity.token_max_ttl_seconds,
                namespace_resource=self._namespace,
                auth_backend=self._auth.resource,
            ),
            self._opts,
        )
        self.logins[principal.name] = role
        return role

    def _context(self, provider: pulumi.ProviderResource, root: Path) -> VaultContext:
        return VaultContext(
            facts=self._facts,
            opts=self._opts,
            parent=self._parent,
            provider=provider,
            namespace=self._namespace,
            protect=self._protect,
            root=root,
        )

    def _vault_namespace(self) -> pulumi.Resource | None:
        manage = self._config.shared.vault_namespace.manage
        if self._facts.namespace is None or manage == "existing":
            return None
        provider = providers.vault_provider(self._config, self._facts, self._parent, root=True)
        args = VaultNamespaceArgs(path=self._facts.namespace, manage=manage, protect=self._protect)
        opts = pulumi.ResourceOptions(parent=self._parent, providers=[provider])
        return VaultNamespace("vault", args, opts).resource

    def _kv_mount(self, name: str) -> None:
        mount = self._config.shared.kv_mounts[name]
        args = KvMountArgs(
            path=mount.mount,
            manage=mount.manage,
            description=mount.description,
            max_versions=mount.max_versions,
            cas_required=mount.cas_required,
            delete_version_after_seconds=mount.delete_version_after_seconds,
            protect=self._protect,
            after=self._namespace,
        )
        KvMount(name, args, self._opts)

    def _auth_mount(self, root: Path, ca_pem: str) -> AuthMount:
        args = AuthMountArgs(
            path=self._facts.auth_mount,
            reviewer=self._facts.reviewer,
            issuer=self._config.facts.cluster.oidc_issuer,
            api_server=self._config.endpoints.cluster.api_server,
            ca_pem=ca_pem,
            public_keys=providers.read_public_keys(root, self._facts.public_key_files),
            manage=self._config.shared.auth_mount.manage,
            after=self._namespace,
        )
        return AuthMount("auth", args, self._opts)
