"""What a handler gets to work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.notes import Notes
from workload_secrets.sandbox.deploy.outcome import Outcome

Reviewer = Literal["in-cluster", "jwt", "client", "dedicated"]


@dataclass(frozen=True, kw_only=True)
class Site:
    """What the sandbox puts in place of what its Vault can't reach.

    `public_keys` are the PEM keys that the stack's cluster signs tokens with, `issuer_keys`
    those of other issuers. `authorities` are PEM certificates by the fingerprint of the
    declared one; `pki_mounts` are paths whose CA vouches for itself. `reviewer` is the stack's
    declared way; `reviewer_token` (never printed) is set where it needs a token.
    """

    api_server: str | None = None
    cluster_ca: str | None = None
    public_keys: tuple[str, ...] = ()
    issuer_keys: Mapping[str, str] = field(default_factory=dict[str, str])
    authorities: Mapping[str, str] = field(default_factory=dict[str, str])
    pki_mounts: tuple[str, ...] = ()
    reviewer: Reviewer | None = None
    reviewer_token: str | None = field(default=None, repr=False)


class Ask:
    """Asks the process that started the deploy for what the deployer has no right to make."""

    def __init__(self, ask: Callable[[Mapping[str, Any]], None]) -> None:
        self._ask = ask

    def custom_kind(self, group: str, version: str, kind: str) -> None:
        """Makes a permissive CustomResourceDefinition. Raises HandlerError."""
        self._ask({"need": "customKind", "group": group, "version": version, "kind": kind})

    def emulator_rights(self) -> None:
        """Widens the deployer's grants that the emulator checks against the resource * alone.

        Raises HandlerError.
        """
        self._ask({"need": "emulatorRights"})

    def transit_version(self, path: str, version: int, namespace: str) -> None:
        """Rotates a transit key, MOUNT/keys/NAME, until it has a version. Raises HandlerError."""
        self._ask({"need": "transitVersion", "path": path, "version": version, "namespace": namespace})

    def eks_cluster(self, name: str) -> None:
        """Makes the emulator's record of an EKS cluster. Raises HandlerError."""
        self._ask({"need": "eksCluster", "name": name})


@dataclass(frozen=True, kw_only=True)
class Call:
    """One resource to make, with the clients of its provider (`provider`, by system)."""

    urn: str
    type: str
    name: str
    provider: Any
    site: Site
    notes: Notes
    ask: Ask


Handler = Callable[[Call, Inputs], Outcome]
