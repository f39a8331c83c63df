"""What a handler gets to work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from workload_secrets.sandbox.deploy.inputs import Inputs
from workload_secrets.sandbox.deploy.notes import Notes
from workload_secrets.sandbox.deploy.occupied import refuse
from workload_secrets.sandbox.deploy.outcome import (
    Gone,
    HandlerError,
    Managed,
    Operation,
    Outcome,
    State,
    settle,
)

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

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Site:
        """Keys and tokens are read from their files here, so that they stand in no request."""
        token_file, ca_file = values["reviewerTokenFile"], values["caFile"]
        return cls(
            api_server=values["apiServer"],
            cluster_ca=Path(ca_file).read_text(),
            public_keys=(Path(values["publicKeyFile"]).read_text(),),
            issuer_keys={name: Path(file).read_text() for name, file in values["issuerKeyFiles"].items()},
            authorities={name: Path(file).read_text() for name, file in values["authorityFiles"].items()},
            pki_mounts=tuple(values["pkiMounts"]),
            reviewer=values["reviewer"],
            reviewer_token=Path(token_file).read_text().strip(),
        )


class Ask:
    """Asks the sandbox's administrators for what the deployer has no right to make."""

    def __init__(self, ask: Callable[[Mapping[str, Any]], Mapping[str, str] | None]) -> None:
        self._ask = ask

    def custom_kind(self, group: str, version: str, kind: str) -> None:
        """Makes a permissive CustomResourceDefinition. Raises HandlerError."""
        self._ask({"need": "customKind", "group": group, "version": version, "kind": kind})

    def transit_version(self, path: str, version: int, namespace: str) -> None:
        """Rotates a transit key, MOUNT/keys/NAME, until it has a version. Raises HandlerError."""
        self._ask({"need": "transitVersion", "path": path, "version": version, "namespace": namespace})

    def eks_cluster(self, name: str) -> None:
        """Makes the emulator's record of an EKS cluster. Raises HandlerError."""
        self._ask({"need": "eksCluster", "name": name})

    def association(self, cluster: str, namespace: str, account: str) -> str | None:
        """The id of the pod identity association of a ServiceAccount; None where there is none. The
        real provider knows it from its state and lists none. Raises HandlerError."""
        need = {"need": "association", "cluster": cluster, "namespace": namespace, "account": account}
        return (self._ask(need) or {}).get("id")


@dataclass(frozen=True, kw_only=True)
class Call:
    """One resource to make, with the clients of its provider (`provider`, by system).

    `id` and `known`, the resource's outputs, are what the engine has in its state; empty where
    the resource is new.
    """

    urn: str
    type: str
    name: str
    provider: Any
    site: Site
    notes: Notes
    ask: Ask
    operation: Operation = "apply"
    id: str | None = None
    known: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def settle(self, managed: Managed) -> tuple[State, Mapping[str, Any]]:
        """Does the operation on one object of the resource. Raises as `outcome.settle`."""
        return settle(managed, self.operation, lambda what: refuse(self.type, what))

    def kept_by_state(self) -> Outcome | None:
        """What to answer for an object that no server keeps: the engine's state alone has it.

        None where it is to be made. Raises Gone for a deletion, HandlerError for an update.
        """
        if self.operation == "read":
            return Outcome(state="same", outputs={**self.known, "id": self.id})
        if self.operation == "delete":
            raise Gone(self.name)
        if self.operation == "update":
            raise HandlerError(f"{self.name} can't be changed in place")
        return None


Handler = Callable[[Call, Inputs], Outcome]
