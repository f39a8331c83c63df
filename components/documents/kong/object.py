"""The vault of a Kong gateway as an object that Kong's ingress controller takes.

Its schema: config/crd/gateway-operator/configuration.konghq.com_kongvaults.yaml of
Kong/kubernetes-configuration (2.0.1); the controller of 3.1 is the first that knows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.documents.kong.deck import BACKEND
from components.documents.kong.entity import VaultEntity

API_VERSION: Final = "configuration.konghq.com/v1alpha1"
KIND: Final = "KongVault"
PLURAL: Final = "kongvaults"
INGRESS_CLASS: Final = "kubernetes.io/ingress.class"
"""The annotation without which no controller takes the object."""


@dataclass(frozen=True, kw_only=True)
class KongVaultObject:
    """One object, which is cluster-scoped. A changed prefix has to give another `name`: the
    server refuses to change it."""

    name: str
    annotations: Mapping[str, str]
    spec: Mapping[str, Any]


def kong_vault(
    entity: VaultEntity, *, name: str, ingress_class: str, known: Mapping[str, Any] | None = None
) -> KongVaultObject:
    """The object of one vault. `known`: fields that are no secret and that the program knows
    when it runs, such as a role id.

    Raises ValueError for an entity that holds a secret: the object has no reference to a Secret,
    so it would stand in etcd and in Pulumi's state; and for a field that isn't known.
    """
    if entity.holds_secrets:
        raise ValueError(f"{entity.gateway}.{entity.prefix}: its login needs a secret, which no object holds")
    missing = entity.given.keys() - (known or {}).keys()
    if missing:
        raise ValueError(
            f"{entity.gateway}.{entity.prefix}: nothing is known of {', '.join(sorted(missing))}"
        )
    made = {
        name: (known or {})[name] if name in entity.given else entity.fields[name] for name in entity.fields
    }
    spec: dict[str, Any] = {"backend": BACKEND, "prefix": entity.prefix, "config": made}
    if entity.description:
        spec["description"] = entity.description
    if entity.tags:
        spec["tags"] = list(entity.tags)
    return KongVaultObject(name=name, annotations={INGRESS_CLASS: ingress_class}, spec=spec)
