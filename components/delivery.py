"""What each workload's pods need, so that they get their secrets: worked out from the stack.

What is handed out here is what the platform's output `delivery` shows and what a patch of a
declared target applies: one source for both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components import flavours
from components.config import resolve
from components.config.agent import AgentOptions
from components.config.delivery import DeliveredFile
from components.config.engines.database import DatabaseSecret
from components.config.engines.pki import PkiSecret
from components.config.errors import ConfigError
from components.config.resolve import Principal
from components.config.secrets import AwsSecret, TransitSecret, VaultSecret
from components.config.stack import StackConfig
from components.config.workloads import Workload
from components.documents.agent import MEMBERS, File, Source, default_name, rendered
from components.documents.agent_annotations import AgentPod, annotation_map, token_volume
from components.vault_grants import place

OPEN_MODE = "0444"
OWN_MODE = "0400"
"""Only where the agent runs as the app's user could the app read it."""


@dataclass(frozen=True, kw_only=True)
class Pod:
    """What belongs into a workload's pod template, as Kubernetes objects."""

    namespace: str
    service_account: str
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    volumes: tuple[Mapping[str, Any], ...] = ()

    @property
    def template(self) -> dict[str, Any]:
        """The part of a pod template, ready to paste."""
        spec: dict[str, Any] = {"serviceAccountName": self.service_account}
        if self.volumes:
            spec["volumes"] = [dict(volume) for volume in self.volumes]
        made: dict[str, Any] = {"spec": spec}
        return {"metadata": {"annotations": dict(self.annotations)}, **made} if self.annotations else made


def pod(config: StackConfig, principal: Principal) -> Pod:
    """What the workload's pods need. Raises ConfigError where a file has no source."""
    workload = _workload(config, principal)
    return Pod(
        namespace=principal.namespace,
        service_account=principal.service_account,
        annotations=_annotations(config, principal) if workload.delivery == "agent" else {},
        volumes=token_volumes(config, principal),
    )


def takes_own_token(config: StackConfig, principal: Principal) -> bool:
    """Whether its pods log in to Vault themselves with the token that Kubernetes mounts.

    The agent has a volume of its own; csi, eso and vso ask for tokens in the workload's name.
    """
    workload = config.workloads.get(principal.name) if principal.kind == "workload" else None
    if workload is not None and workload.delivery != "direct":
        return False
    own = flavours.api_audience(config.facts.cluster)
    return principal.vault_audience == own and resolve.uses_vault(config, principal)


def token_volumes(config: StackConfig, principal: Principal) -> tuple[dict[str, Any], ...]:
    """The volume with the workload's own token for Vault: for the agent always; for an app that
    logs in itself where Kubernetes' own token has another audience than the role."""
    workload = _workload(config, principal)
    if not resolve.uses_vault(config, principal):
        return ()
    chosen = principal.vault_audience != flavours.api_audience(config.facts.cluster)
    if workload.delivery == "agent" or (workload.delivery == "direct" and chosen):
        return (token_volume(principal.vault_audience, workload.token_seconds),)
    return ()


def files(config: StackConfig, principal: Principal) -> tuple[File, ...]:
    """The declared files of an agent's workload."""
    workload = _workload(config, principal)
    return tuple(_file(config, workload, name, file) for name, file in workload.files.items())


def keys(config: StackConfig, secret: str) -> tuple[str, ...]:
    """The keys in use of a secret, of one made by an engine its members; () for transit."""
    found = config.secrets[secret]
    if isinstance(found, AwsSecret | VaultSecret):
        return tuple(key.name for key in resolve.resolved_keys(found) if key.in_use)
    return () if found.backend == "transit" else MEMBERS[found.backend]


def names(config: StackConfig, file: DeliveredFile) -> dict[str, str]:
    """What each key is called in a file: as declared, else the format's own."""
    backend = config.secrets[file.secret].backend
    kind = backend if backend in ("database", "pki") else "kv"
    given = file.names
    return {key: given.get(key, default_name(kind, file.format, key)) for key in keys(config, file.secret)}


def options(workload: Workload) -> AgentOptions:
    """The agent's options, the defaults where none are declared."""
    return workload.agent or AgentOptions()


def mode(workload: Workload, file: DeliveredFile) -> str:
    """The file's mode in octal."""
    agent = options(workload)
    own = agent.run_as_same_user or agent.run_as_user is not None
    return file.mode or (OWN_MODE if own else OPEN_MODE)


def init_only(workload: Workload) -> bool:
    """Whether the agent ends before the app starts: a Job would never end beside a sidecar."""
    given = workload.agent.init_only if workload.agent else None
    ends = workload.target is not None and workload.target.kind in ("Job", "CronJob")
    return ends if given is None else given


def source(config: StackConfig, name: str) -> Source:
    """Where the agent reads a secret. Raises ConfigError for one it can't read."""
    secret = config.secrets[name]
    if isinstance(secret, AwsSecret | TransitSecret):
        raise ConfigError(
            f"secrets.{name}: got {secret.backend}; allowed: a secret that Vault hands out; "
            "remedy: deliver it in another way"
        )
    mount, path = place(config, secret)
    if isinstance(secret, DatabaseSecret):
        folder = "creds" if secret.username is None else "static-creds"
        return Source(kind="database", path=f"{mount}/{folder}/{path}")
    if isinstance(secret, PkiSecret):
        return Source(kind="pki", path=f"{mount}/issue/{path}", arguments=_request(secret))
    return Source(kind="kv", path=f"{mount}/data/{path}")


def _request(secret: PkiSecret) -> dict[str, str]:
    """One certificate for all the names that the role issues exactly."""
    made = {"common_name": secret.common_name, "ttl": f"{secret.ttl_seconds}s"}
    others = secret.domains[1:] if secret.bare_domains else ()
    return {**made, "alt_names": ",".join(others)} if others else made


def _workload(config: StackConfig, principal: Principal) -> Workload:
    return config.workloads[principal.name]


def _file(config: StackConfig, workload: Workload, name: str, file: DeliveredFile) -> File:
    return File(
        name=name,
        source=source(config, file.secret),
        format=file.format,
        keys=keys(config, file.secret),
        names=names(config, file),
        optional=frozenset(file.optional),
        template=file.template,
        mode=mode(workload, file),
        command=file.command,
    )


def _annotations(config: StackConfig, principal: Principal) -> dict[str, str]:
    workload, facts, endpoint = _workload(config, principal), config.facts.vault, config.endpoints.vault
    if facts is None or endpoint is None:
        raise ConfigError(
            f"workloads.{principal.name}.delivery: got agent; allowed: with facts.vault and "
            "endpoints.vault; remedy: add both"
        )
    agent = options(workload)
    return annotation_map(
        AgentPod(
            options=agent,
            files=[item for file in files(config, principal) for item in rendered(file)],
            role=principal.vault_role,
            auth_mount=facts.auth_mount,
            service=agent.service or endpoint.address,
            namespace=facts.namespace,
            init_only=init_only(workload),
        )
    )
