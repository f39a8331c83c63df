"""The gateways of a stack, as the declaration carries them."""

from __future__ import annotations

from components import gateways
from components.config.gateways import reading
from components.config.gateways.model import Gateway
from components.config.stack import StackConfig
from workload_secrets.declaration import gateway as model


def declared(config: StackConfig) -> dict[str, model.Gateway]:
    """What the declaration says of each gateway."""
    return {name: _gateway(config, name, gateway) for name, gateway in config.gateways.items()}


def _gateway(config: StackConfig, name: str, gateway: Gateway) -> model.Gateway:
    entities = gateways.entities(config, name)
    return model.Gateway(
        workload=gateway.workload,
        version=gateway.version,
        vaults={
            prefix: model.GatewayVault(
                principal=gateways.principal(config, name, prefix).name,
                config=entity.literal,
                given={
                    field: model.GivenField(what=given.what, secret=given.secret)
                    for field, given in entity.given.items()
                },
                kong_vault=gateways.object_name(name, prefix)
                if gateway.ingress_class and not entity.holds_secrets
                else None,
            )
            for prefix, entity in entities.items()
        },
        references=tuple(
            model.GatewayReference(text=meant.text, vault=meant.prefix, secret=meant.secret or "")
            for meant in reading.references(config, gateway)
        ),
        environment_vault=gateway.environment_vault,
        ingress_class=gateway.ingress_class,
        keyring=gateway.keyring.secret if gateway.keyring else None,
    )
