"""The gateways of a stack, as the declaration carries them."""

from __future__ import annotations

from typing import Any

from components import gateways
from components.config.gateways import reading
from components.config.gateways.model import Gateway
from components.config.stack import StackConfig


def declared(config: StackConfig) -> dict[str, Any]:
    """The declaration's key `gateways`; nothing where none is declared."""
    made = {name: _gateway(config, name, gateway) for name, gateway in config.gateways.items()}
    return {"gateways": made} if made else {}


def _gateway(config: StackConfig, name: str, gateway: Gateway) -> dict[str, Any]:
    entities = gateways.entities(config, name)
    return {
        "workload": gateway.workload,
        "version": gateway.version,
        "vaults": {
            prefix: {
                "principal": gateways.principal(config, name, prefix).name,
                "config": dict(entity.literal),
                "given": {
                    field: {"what": given.what, "secret": given.secret}
                    for field, given in entity.given.items()
                },
                "kongVault": gateways.object_name(name, prefix)
                if gateway.ingress_class and not entity.holds_secrets
                else None,
            }
            for prefix, entity in entities.items()
        },
        "references": [
            {"text": meant.text, "vault": meant.prefix, "secret": meant.secret or ""}
            for meant in reading.references(config, gateway)
        ],
        "environmentVault": gateway.environment_vault,
        "ingressClass": gateway.ingress_class,
        "keyring": gateway.keyring.secret if gateway.keyring else None,
    }
