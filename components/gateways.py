"""The vault entities of a stack's gateways, worked out of its configuration."""

from __future__ import annotations

from collections.abc import Mapping

from components.config import resolve
from components.config.gateways import reading
from components.config.gateways.auth import ApproleAuth, CertAuth, KubernetesAuth, Oauth2Auth, TokenAuth
from components.config.gateways.model import Gateway, GatewayVault
from components.config.resolve import Principal
from components.config.stack import StackConfig
from components.documents.kong import entity
from components.documents.kong.entity import Field, VaultEntity


def entities(config: StackConfig, name: str) -> Mapping[str, VaultEntity]:
    """The entities of one gateway by prefix. Checked configuration is taken for granted."""
    gateway = config.gateways[name]
    return {prefix: _entity(config, name, gateway, prefix) for prefix in gateway.vaults}


def principal(config: StackConfig, name: str, prefix: str) -> Principal:
    """Who logs in for a vault of a gateway."""
    return resolve.principals(config)[reading.principal_name(name, prefix, config.gateways[name])]


def object_name(gateway: str, prefix: str) -> str:
    """The name of a vault's KongVault, which is cluster-scoped."""
    return f"{gateway}-{prefix}"


def _entity(config: StackConfig, name: str, gateway: Gateway, prefix: str) -> VaultEntity:
    vault, facts, endpoint = gateway.vaults[prefix], config.facts.vault, config.endpoints.vault
    base = entity.base_fields(
        address=endpoint.address if endpoint else "",
        mount=config.shared.kv_mounts[vault.mount].mount,
        version=gateway.version,
        namespace=facts.namespace if facts else None,
        times={"ttl": vault.ttl, "neg_ttl": vault.neg_ttl, "resurrect_ttl": vault.resurrect_ttl},
        base64_decode=vault.base64_decode,
    )
    return VaultEntity(
        gateway=name,
        prefix=prefix,
        description=vault.description,
        tags=vault.tags,
        fields={**base, **_login(config, principal(config, name, prefix), vault)},
    )


def _login(config: StackConfig, who: Principal, vault: GatewayVault) -> dict[str, Field]:
    auth = vault.auth
    match auth:
        case KubernetesAuth():
            mount = config.facts.vault.auth_mount if config.facts.vault else ""
            return entity.kubernetes_fields(role=who.vault_role, auth_mount=mount, token_file=auth.token_file)
        case ApproleAuth():
            return entity.approle_fields(
                auth_mount=auth.auth_mount,
                secret_id_file=auth.secret_id_file,
                response_wrapping=auth.response_wrapping,
            )
        case Oauth2Auth():
            return entity.oauth2_fields(
                role=who.vault_role,
                token_endpoint=auth.token_endpoint,
                client_id=auth.client_id,
                audience=auth.audience,
                method=auth.entity_method,
            )
        case TokenAuth():
            return entity.token_fields()
        case CertAuth():
            return entity.cert_fields(role=who.vault_role)
