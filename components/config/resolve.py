"""Principals with every default worked out: account, role, audience, and what they touch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from components import flavours, naming
from components.catalogues import CatalogueKey, keys, templates
from components.config.base import Manage
from components.config.gateways import reading
from components.config.identity import JwtIdentity, KubernetesIdentity, OutsideIdentity
from components.config.secrets import VERBS, AwsSecret, KeySpec, Secret, StoreSecret, VaultSecret
from components.config.stack import StackConfig
from components.config.workloads import Grant, Identity, Verb, Workload


@dataclass(frozen=True)
class Use:
    """One declared right of a workload on a declared secret. `versions`: the list of a KV
    secret's versions too."""

    secret: str
    verb: Verb
    versions: bool = False


@dataclass(frozen=True, kw_only=True)
class Principal:
    """One workload or writer. `key` is where the stack file declares it. `uses` are its rights
    but writing, `writes` names of secrets.

    A writer reads what it writes, since setting one key merges it into the others.
    `outside` is its identity where it is no pod; then namespace and account are empty.
    `mendix_app` is the MendixApp that it is.
    `vault_audience` is empty where the cluster's own audience isn't known, and where a login
    has none.
    """

    name: str
    key: str
    kind: Literal["workload", "writer"]
    identity: Identity
    outside: OutsideIdentity | None
    mendix_app: str | None
    namespace: str
    service_account: str
    manage: Manage
    uses: tuple[Use, ...]
    writes: tuple[str, ...]
    vault_role: str
    vault_audience: str

    @property
    def reads(self) -> tuple[str, ...]:
        """Every secret it may use in any way, once each."""
        return tuple(dict.fromkeys(use.secret for use in self.uses))

    @property
    def touches(self) -> tuple[str, ...]:
        """Every secret it uses or writes, once each, in declared order."""
        return tuple(dict.fromkeys((*self.reads, *self.writes)))

    @property
    def mendix(self) -> bool:
        """Whether Mendix's operator makes its pods."""
        return self.mendix_app is not None

    @property
    def is_pod(self) -> bool:
        """Whether it is a ServiceAccount of the cluster."""
        return self.outside is None

    @property
    def login_key(self) -> str:
        """Where the stack file says how it logs in."""
        return f"{self.key}.auth" if self.key.startswith("gateways.") else f"{self.key}.identity"

    @property
    def subject(self) -> str:
        """The `sub` claim of a pod's tokens."""
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
    workloads = {
        name: _principal(config, name, workload) for name, workload in reading.workloads(config).items()
    }
    return {**workloads, **{name: found[name] for name in found if name not in workloads}}


def pods(config: StackConfig) -> Mapping[str, Principal]:
    """The principals that are ServiceAccounts of the cluster, by name."""
    return {name: principal for name, principal in principals(config).items() if principal.is_pod}


def mendix_runtimes(config: StackConfig) -> tuple[tuple[str, str], ...]:
    """Namespace and name of each Runtime object in which a person names the account: of the
    Mendix apps whose account isn't named like the app, sorted."""
    return tuple(
        sorted(
            (principal.namespace, principal.mendix_app)
            for principal in pods(config).values()
            if principal.mendix_app and principal.mendix_app != principal.service_account
        )
    )


def created_namespaces(config: StackConfig) -> tuple[str, ...]:
    """Every declared Kubernetes namespace that the stack makes, whether a workload is in it or not:
    deleting one would delete all that is in it."""
    declared = config.shared.namespaces
    return tuple(sorted(name for name in declared if declared[name].manage == "create"))


def secrets_of(config: StackConfig, principal: Principal, system: Literal["aws", "vault"]) -> tuple[str, ...]:
    """The names of the secrets in one system that a principal uses or writes."""
    return tuple(
        name
        for name in principal.touches
        if name in config.secrets and system_of(config.secrets[name]) == system
    )


def uses_vault(config: StackConfig, principal: Principal) -> bool:
    """Whether it logs in to Vault: for a secret there, or for a gateway's vault, whose login stays
    until the vault itself goes, also when no reference is left."""
    return bool(secrets_of(config, principal, "vault")) or principal.name in reading.readers(config)


def system_of(secret: Secret) -> Literal["aws", "vault"]:
    """The system that holds a secret: all but those of AWS are in Vault."""
    return "aws" if isinstance(secret, AwsSecret) else "vault"


def resolved_keys(secret: StoreSecret) -> tuple[ResolvedKey, ...]:
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


def vault_secrets(config: StackConfig) -> Mapping[str, Secret]:
    """Everything declared in Vault, of any kind."""
    return {name: secret for name, secret in config.secrets.items() if system_of(secret) == "vault"}


def kv_secrets(config: StackConfig) -> Mapping[str, VaultSecret]:
    """The declared KV v2 secrets."""
    return {name: secret for name, secret in config.secrets.items() if isinstance(secret, VaultSecret)}


def _catalogue(secret: StoreSecret) -> tuple[CatalogueKey, ...]:
    return keys(secret.template) if secret.template in templates() else ()


def _principal(config: StackConfig, name: str, identity: Identity) -> Principal:
    mendix = identity.mendix if isinstance(identity, Workload) else None
    account = identity.service_account.name or (mendix.app if mendix else name)
    if isinstance(identity, Workload):
        uses, writes = _uses(config, name, identity), ()
    else:
        writes: tuple[str, ...] = getattr(identity, "writes", ())
        uses = tuple(Use(name, "read") for name in writes)
    outside = None if isinstance(identity.identity, KubernetesIdentity) else identity.identity
    return Principal(
        name=name,
        key=_key(config, name, identity),
        kind="workload" if isinstance(identity, Workload) else "writer",
        identity=identity,
        outside=outside,
        mendix_app=mendix.app if mendix else None,
        namespace="" if outside else identity.namespace or "",
        service_account="" if outside else account,
        manage=identity.service_account.manage,
        uses=uses,
        writes=writes,
        vault_role=naming.vault_role_name(name, mendix=mendix is not None, given=identity.vault_role),
        vault_audience=_audience(config, identity),
    )


def _audience(config: StackConfig, identity: Identity) -> str:
    own = identity.identity
    if isinstance(own, KubernetesIdentity):
        return identity.vault_audience or flavours.api_audience(config.facts.cluster) or ""
    return own.audience if isinstance(own, JwtIdentity) else ""


def _key(config: StackConfig, name: str, identity: Identity) -> str:
    if not isinstance(identity, Workload):
        return f"writers.{name}"
    gateway, prefix = reading.logins(config).get(name, ("", ""))
    by_gateway = gateway and name not in config.workloads
    return f"gateways.{gateway}.vaults.{prefix}" if by_gateway else f"workloads.{name}"


def _uses(config: StackConfig, name: str, workload: Workload) -> tuple[Use, ...]:
    """What it reads itself, then what gateways read as it, and their keyrings."""
    own = tuple(Use(g.secret, _verb(config, g)) for g in workload.reads)
    read = (Use(secret, "read") for secret in reading.read_by(config, name))
    keyrings = (Use(secret, "read", versions=True) for secret in reading.keyrings(config, name))
    return (*own, *(use for use in (*read, *keyrings) if use not in own))


def _verb(config: StackConfig, grant: Grant) -> Verb:
    """The verb, or the kind's own where it isn't named; checks.access refuses what is unclear."""
    secret = config.secrets.get(grant.secret)
    return grant.verb or (cast("Verb", VERBS[secret.backend][0]) if secret else "read")
