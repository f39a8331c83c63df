"""A declared Kong gateway, as it travels in the graph."""

from __future__ import annotations

from collections.abc import Mapping

from workload_secrets.declaration.secret import DeclarationModel


class GivenField(DeclarationModel):
    """A field of an entity that whoever configures Kong brings along."""

    what: str
    secret: bool


class GatewayVault(DeclarationModel):
    """`principal` logs in for it. `config` are the entity's fields in Kong's spelling but those
    in `given`. `kong_vault` is the name of its KongVault object, where one is made."""

    principal: str
    config: Mapping[str, bool | int | str]
    given: Mapping[str, GivenField] = {}
    kong_vault: str | None = None


class GatewayReference(DeclarationModel):
    """`text` as Kong reads it; `vault` is the prefix of the vault it means, `secret` the
    declared secret."""

    text: str
    vault: str
    secret: str


class Gateway(DeclarationModel):
    """`vaults` by prefix. `environment_vault` is the prefix of the one that Kong's environment
    configures too, `ingress_class` that of its KongVault objects, `keyring` the secret that holds
    its keyring."""

    workload: str | None = None
    version: str
    vaults: Mapping[str, GatewayVault]
    references: tuple[GatewayReference, ...] = ()
    environment_vault: str | None = None
    ingress_class: str | None = None
    keyring: str | None = None
