"""Principals with every default worked out: account, role, audience, and what they touch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from components import flavours, naming
from components.catalogues import CatalogueKey, keys, templates
from components.config.base import Manage
from components.config.secrets import AwsSecret, KeySpec, Secret, VaultSecret
from components.config.stack import StackConfig
from components.config.workloads import Identity, Workload


@dataclass(frozen=True, kw_only=True)
class Principal:
    """One workload or writer. `reads` and `writes` are names of declared secrets.

    A writer reads what it writes, since setting one key merges it into the others.
    `vault_audience` is empty only where the cluster's own audience isn't known.
    """

    name: str
    kind: Literal["workload", "writer"]
    identity: Identity
    mendix: bool
    namespace: str
    service_account: str
    manage: Manage
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    vault_role: str
    vault_audience: str

    @property
    def touches(self) -> tuple[str, ...]:
        """Every secret it reads or writes, once each, in declared order."""
        return tuple(dict.fromkeys((*self.reads, *self.writes)))

    @property
    def subject(self) -> str:
        """The `sub` claim of its tokens."""
        return f"system:serviceaccount:{self.namespace}:{self.service_account}"


@dataclass(frozen=True, kw_only=True)
class ResolvedKey:
    """A key of a secret; `panel` is set for keys of a catalogue."""

    name: str
    spec: KeySpec
    in_use: bool
    panel: str | None = None


def principals(config: StackConfig) -> Mapping[str, Principal]:
    """Workloads, then writers, by name. A name used by both keeps the workload."""
    found = {name: _principal(config, name, writer) for name, writer in config.writers.items()}
    workloads = {name: _principal(config, name, workload) for name, workload in config.workloads.items()}
    return {**workloads, **{name: found[name] for name in found if name not in workloads}}


def secrets_of(
    config: StackConfig, principal: Principal, backend: Literal["aws", "vault"]
) -> tuple[str, ...]:
    """The names of the secrets of one backend that a principal reads or writes."""
    return tuple(
        name
        for name in principal.touches
        if name in config.secrets and config.secrets[name].backend == backend
    )


def resolved_keys(secret: Secret) -> tuple[ResolvedKey, ...]:
    """The template's keys in the catalogue's order, then the secret's own.

    An own key with the name of a template's key replaces it. Empty `uses`: all in use.
    """
    catalogue = _catalogue(secret)
    merged: dict[str, tuple[KeySpec, str | None]] = {
        key.name: (KeySpec(description=key.description), key.panel) for key in catalogue
    }
    for name, spec in secret.keys.items():
        panel = merged[name][1] if name in merged else None
        merged[name] = (spec, panel)
    return tuple(
        ResolvedKey(name=name, spec=spec, panel=panel, in_use=not secret.uses or name in secret.uses)
        for name, (spec, panel) in merged.items()
    )


def aws_secrets(config: StackConfig) -> Mapping[str, AwsSecret]:
    """The declared Secrets Manager secrets."""
    return {name: secret for name, secret in config.secrets.items() if isinstance(secret, AwsSecret)}


def vault_secrets(config: StackConfig) -> Mapping[str, VaultSecret]:
    """The declared KV v2 secrets."""
    return {name: secret for name, secret in config.secrets.items() if isinstance(secret, VaultSecret)}


def _catalogue(secret: Secret) -> tuple[CatalogueKey, ...]:
    return keys(secret.template) if secret.template in templates() else ()


def _principal(config: StackConfig, name: str, identity: Identity) -> Principal:
    mendix = identity.mendix if isinstance(identity, Workload) else None
    account = identity.service_account.name or (mendix.app if mendix else name)
    if isinstance(identity, Workload):
        reads, writes = tuple(grant.secret for grant in identity.reads), ()
    else:
        reads = writes = getattr(identity, "writes", ())
    return Principal(
        name=name,
        kind="workload" if isinstance(identity, Workload) else "writer",
        identity=identity,
        mendix=mendix is not None,
        namespace=identity.namespace,
        service_account=account,
        manage=identity.service_account.manage,
        reads=reads,
        writes=writes,
        vault_role=naming.vault_role_name(name, mendix=mendix is not None, given=identity.vault_role),
        vault_audience=identity.vault_audience or flavours.api_audience(config.facts.cluster) or "",
    )
