"""The platform's half for identities that are no pods: their auth mounts and roles in Vault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, cast

from components import identities, naming, providers, vault_grants
from components.config import resolve
from components.config.base import Manage
from components.config.identity import (
    ApproleIdentity,
    CertIdentity,
    JwtIdentity,
    MountedIdentity,
    OutsideIdentity,
    TokenIdentity,
)
from components.config.resolve import Principal
from components.config.stack import StackConfig
from components.platform.context import VaultContext
from components.vault.approle_role import AppRole, AppRoleArgs
from components.vault.cert_role import CertRole, CertRoleArgs
from components.vault.identity_mount import IdentityMount, IdentityMountArgs
from components.vault.jwt_role import JwtRole, JwtRoleArgs
from components.vault.pki_mount import PkiMount
from components.vault.token_role import TokenRole, TokenRoleArgs

Role: TypeAlias = JwtRole | AppRole | CertRole | TokenRole


def declare(
    config: StackConfig, context: VaultContext, authorities: Mapping[str, PkiMount]
) -> dict[str, Role]:
    """Every mount and role; gives the roles by principal. `authorities` are the PKI mounts."""
    mounts = {
        path: _mount(config, context, path, identity) for path, identity in identities.mounts(config).items()
    }
    return {
        principal.name: _role(config, context, principal, identity, mounts, authorities)
        for principal, identity in identities.users(config)
    }


def _mount(config: StackConfig, context: VaultContext, path: str, identity: MountedIdentity) -> IdentityMount:
    jwt = identity if isinstance(identity, JwtIdentity) else None
    args = IdentityMountArgs(
        path=path,
        method=identity.method,
        issuer=jwt.issuer if jwt else None,
        public_keys=providers.read_public_keys(context.root, jwt.public_key_files if jwt else ()),
        manage=cast("Manage", identities.manage(config, path)),
        after=context.namespace,
    )
    return IdentityMount(path, args, context.opts)


def _role(
    config: StackConfig,
    context: VaultContext,
    principal: Principal,
    identity: OutsideIdentity,
    mounts: Mapping[str, IdentityMount],
    authorities: Mapping[str, PkiMount],
) -> Role:
    named: dict[str, Any] = {
        "role_name": principal.vault_role,
        "policy_name": naming.vault_policy_name(config.facts.cluster.name, principal.name),
        "grants": tuple(
            grant
            for key in resolve.secrets_of(config, principal, "vault")
            for grant in vault_grants.grants(config, principal, key)
        ),
        "namespace_resource": context.namespace,
    }
    if isinstance(identity, TokenIdentity):
        handed = TokenRoleArgs(
            life_seconds=identity.life_seconds, bound_cidrs=identity.bound_cidrs or (), **named
        )
        return TokenRole(principal.name, handed, context.opts)
    common: dict[str, Any] = {
        **named,
        "auth_mount": identity.auth_mount,
        "token_ttl_seconds": principal.identity.token_ttl_seconds,
        "token_max_ttl_seconds": principal.identity.token_max_ttl_seconds,
        "auth_backend": mounts[identity.auth_mount].resource,
    }
    if isinstance(identity, JwtIdentity):
        args = JwtRoleArgs(subject=identity.subject, audience=identity.audience, **common)
        return JwtRole(principal.name, args, context.opts)
    if isinstance(identity, ApproleIdentity):
        machine = AppRoleArgs(
            bound_cidrs=identity.bound_cidrs,
            token_bound_cidrs=identity.token_cidrs,
            secret_id_ttl_seconds=identity.secret_id_ttl_seconds,
            secret_id_uses=identity.secret_id_uses,
            **common,
        )
        return AppRole(principal.name, machine, context.opts)
    return CertRole(principal.name, _holder(context, identity, authorities, common), context.opts)


def _holder(
    context: VaultContext,
    identity: CertIdentity,
    authorities: Mapping[str, PkiMount],
    common: Mapping[str, Any],
) -> CertRoleArgs:
    mount = authorities.get(identity.pki_mount or "")
    given = providers.read_pem(context.root, identity.ca_file) if identity.ca_file else ""
    return CertRoleArgs(
        ca_pem=mount.ca_pem if mount and mount.ca_pem else given,
        common_name=identity.common_name,
        dns_sans=identity.dns_sans,
        authority=mount.issuer if mount else None,
        **common,
    )
