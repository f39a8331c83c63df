"""What a stack's gateways are configured with, in the forms that Kong takes it in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components import gateways, vault_grants
from components.config import resolve
from components.config.gateways.auth import SERVICE_ACCOUNT_TOKEN
from components.config.gateways.model import Gateway
from components.config.stack import StackConfig
from components.documents.kong import deck
from components.documents.kong.entity import Given, VaultEntity
from components.documents.kong.environment import (
    Keyring,
    brought_along,
    keyring_environment,
    vault_environment,
    with_port,
)


def forms(config: StackConfig) -> dict[str, Any]:
    """By gateway the content of its decK file, its environment, and what is brought along: by
    the container's variable and by decK's, in words. Nothing here is a secret value."""
    return {name: _forms(config, name, gateway) for name, gateway in config.gateways.items()}


def objects(config: StackConfig) -> Iterator[tuple[str, VaultEntity, str]]:
    """Gateway, entity and ingress class of each vault that becomes a KongVault."""
    for name, gateway in config.gateways.items():
        if gateway.ingress_class is not None:
            for entity in gateways.entities(config, name).values():
                if not entity.holds_secrets:
                    yield name, entity, gateway.ingress_class


def object_names(config: StackConfig) -> tuple[str, ...]:
    """The names of the KongVault objects, sorted."""
    return tuple(sorted(gateways.object_name(name, entity.prefix) for name, entity, _ in objects(config)))


def _forms(config: StackConfig, name: str, gateway: Gateway) -> dict[str, Any]:
    entities = gateways.entities(config, name)
    early = entities.get(gateway.environment_vault or "")
    return {
        "deck": deck.document(entities.values(), gateway.konnect.control_plane if gateway.konnect else None),
        "environment": {
            **(vault_environment(early) if early else {}),
            **_keyring(config, gateway),
        },
        "secretEnvironment": _words(brought_along(early) if early else {}),
        "deckEnvironment": _words(deck.variables(entities.values())),
    }


def _words(given: Mapping[str, Given]) -> dict[str, str]:
    return {name: value.what for name, value in given.items()}


def _keyring(config: StackConfig, gateway: Gateway) -> dict[str, str]:
    """The keyring is read as the gateway's workload (checks/gateways_workload.py)."""
    if gateway.keyring is None or gateway.workload is None:
        return {}
    mount, path = vault_grants.place(config, config.secrets[gateway.keyring.secret])
    endpoint = config.endpoints.vault
    keyring = Keyring(
        address=with_port(endpoint.address if endpoint else ""),
        mount=mount,
        path=path,
        role=resolve.principals(config)[gateway.workload].vault_role,
        token_file=gateway.keyring.token_file or SERVICE_ACCOUNT_TOKEN,
    )
    return keyring_environment(keyring)
