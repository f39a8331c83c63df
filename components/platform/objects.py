"""The platform's delivery by objects of other operators: which component a workload gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pulumi

from components import delivery_objects, providers
from components.config.resolve import Principal
from components.config.stack import StackConfig
from components.documents.delivered import CustomObject
from components.kubernetes.external_secret import ExternalSecret, ExternalSecretArgs
from components.kubernetes.secret_provider_class import SecretProviderClass, SecretProviderClassArgs
from components.kubernetes.vault_secret import VaultSecret, VaultSecretArgs

Delivered = ExternalSecret | SecretProviderClass | VaultSecret
Made = tuple[CustomObject, ...]
After = tuple[pulumi.Resource, ...]
_COMPONENTS: Final[Mapping[str, Callable[[str, Made, After, pulumi.ResourceOptions], Delivered]]] = {
    "csi": lambda name, objects, after, opts: SecretProviderClass(
        name, SecretProviderClassArgs(objects=objects, after=after), opts
    ),
    "eso": lambda name, objects, after, opts: ExternalSecret(
        name, ExternalSecretArgs(objects=objects, after=after), opts
    ),
    "vso": lambda name, objects, after, opts: VaultSecret(
        name, VaultSecretArgs(objects=objects, after=after), opts
    ),
}
"""By way, how its component is made."""


class ObjectsPart:
    """One component for each workload that csi, eso or vso delivers to.

    `opts` hold parent and the Kubernetes provider; `root` is what CA files are relative to.
    """

    def __init__(self, config: StackConfig, opts: pulumi.ResourceOptions, root: Path) -> None:
        self._config = config
        self._opts = opts
        endpoint = config.endpoints.vault
        file = endpoint.ca_file if endpoint else None
        self._ca_pem = providers.read_pem(root, file) if file else None

    def deliver(self, principal: Principal, *after: pulumi.Resource | None) -> Delivered | None:
        """The workload's objects, made after its account and its roles; None for another delivery."""
        objects = delivery_objects.objects(self._config, principal, self._ca_pem)
        if not objects:
            return None
        way = self._config.workloads[principal.name].delivery
        first = tuple(resource for resource in after if resource is not None)
        return _COMPONENTS[way](principal.name, objects, first, self._opts)
