"""How pods get their secrets: the way, its target and the agent's options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from components import delivery
from components.config import resolve
from components.config.agent import AgentOptions
from components.config.checks import delivery_files
from components.config.problem import Problem, shown
from components.config.resolve import Principal
from components.config.stack import StackConfig
from components.config.workloads import Workload
from components.documents.agent_annotations import TOKEN_VOLUME

# https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/ (all of an object)
_ANNOTATIONS_MAX: Final = 256 * 1024


def check(config: StackConfig) -> Iterator[Problem]:
    """Problems of every workload's delivery, then of two that patch the same object."""
    for name, principal in resolve.principals(config).items():
        workload = config.workloads.get(name)
        if workload is None or principal.kind != "workload":
            continue
        key = f"workloads.{name}"
        if not principal.is_pod:
            yield from _no_pod(key, workload)
            continue
        yield from _own_options(key, workload)
        yield from _target(config, key, principal, workload)
        if workload.delivery == "agent":
            yield from _agent(config, key, principal, workload)
        yield from _token(config, key, principal, workload)
    yield from _same_target(config)


def _no_pod(key: str, workload: Workload) -> Iterator[Problem]:
    """A CI job, a machine: nothing of Kubernetes reaches it."""
    given = {"delivery": workload.delivery != "direct", "target": workload.target, "files": workload.files}
    for part in [name for name, value in given.items() if value]:
        yield Problem(
            key=f"{key}.{part}",
            got=shown(workload.delivery) if part == "delivery" else "an object",
            allowed="nothing for an identity that is no pod: it reads its secrets itself",
            remedy="remove the key, or write identity: kubernetes",
        )


def _own_options(key: str, workload: Workload) -> Iterator[Problem]:
    if workload.agent is not None and workload.delivery != "agent":
        yield Problem(
            key=f"{key}.agent",
            got="an object",
            allowed=f"options of {workload.delivery}, the workload's delivery",
            remedy="remove the key, or write delivery: agent",
        )
    if workload.files and workload.delivery == "direct":
        yield Problem(
            key=f"{key}.files",
            got=f"{len(workload.files)} files",
            allowed="nothing with direct: the app reads its secrets itself",
            remedy="remove the key, or write delivery: agent or csi",
        )


def _target(config: StackConfig, key: str, principal: Principal, workload: Workload) -> Iterator[Problem]:
    owned = workload.target is not None or workload.delivery == "agent"
    if workload.mendix is not None and owned:
        yield Problem(
            key=f"{key}.{'delivery' if workload.delivery == 'agent' else 'target'}",
            got="a pod template to change",
            allowed="direct or csi without target, for mendix: its operator makes the pods",
            remedy="remove the key",
        )
    namespace = config.shared.namespaces.get(principal.namespace)
    if workload.target and namespace is not None and namespace.manage == "create":
        yield Problem(
            key=f"{key}.target",
            got=shown(f"{workload.target.kind}/{workload.target.name}"),
            allowed=f"no target in the namespace {principal.namespace} that this stack makes: nothing is in "
            "it yet",
            remedy=f"write manage: existing for {principal.namespace} in shared.namespaces, or paste the "
            "output delivery into the object",
        )


def _agent(config: StackConfig, key: str, principal: Principal, workload: Workload) -> Iterator[Problem]:
    if not workload.files:
        yield Problem(
            key=f"{key}.files",
            got="nothing",
            allowed="one file at least with agent: it writes nothing else",
            remedy="write files: {NAME: {secret: SECRET}}",
        )
    found = list(delivery_files.check(config, key, principal, workload))
    yield from found
    yield from _options(key, workload, delivery.options(workload))
    if not found:
        yield from _size(config, key, principal)


def _options(key: str, workload: Workload, options: AgentOptions) -> Iterator[Problem]:
    ends = workload.target is not None and workload.target.kind in ("Job", "CronJob")
    if ends and options.init_only is False:
        yield Problem(
            key=f"{key}.agent.initOnly",
            got="false",
            allowed="true for a Job: beside a sidecar that goes on it would never end",
            remedy="remove the key",
        )
    if options.run_as_same_user and options.run_as_user is not None:
        yield Problem(
            key=f"{key}.agent.runAsUser",
            got=shown(options.run_as_user),
            allowed="nothing with runAsSameUser",
            remedy="remove one of the two",
        )
    least, most = options.auth_min_backoff_seconds, options.auth_max_backoff_seconds
    if least is not None and most is not None and least > most:
        yield Problem(
            key=f"{key}.agent.authMinBackoffSeconds",
            got=shown(least),
            allowed=f"at most authMaxBackoffSeconds, {most}",
            remedy="lower the one or raise the other",
        )
    yield from _tls(key, options)


def _tls(key: str, options: AgentOptions) -> Iterator[Problem]:
    if (options.client_cert is None) != (options.client_key is None):
        yield Problem(
            key=f"{key}.agent.{'clientKey' if options.client_key is None else 'clientCert'}",
            got="nothing",
            allowed="clientCert and clientKey together",
            remedy="name both files, or none",
        )
    mounted = options.tls_secret is not None or options.copy_volume_mounts is not None
    for name, path in (("caCert", options.ca_cert), ("clientCert", options.client_cert)):
        if path is not None and not mounted:
            yield Problem(
                key=f"{key}.agent.{name}",
                got=shown(path),
                allowed="a file that is mounted into the agent",
                remedy="name the Kubernetes Secret that holds it as tlsSecret: it is mounted at /vault/tls",
            )


def _size(config: StackConfig, key: str, principal: Principal) -> Iterator[Problem]:
    total = sum(
        len(item.template) + len(item.source) + 4 * len(item.label)
        for item in delivery_files.written(config, principal)
    )
    if total > _ANNOTATIONS_MAX:
        yield Problem(
            key=f"{key}.files",
            got=f"annotations of {total} characters",
            allowed=f"{_ANNOTATIONS_MAX}, Kubernetes' limit for all of an object",
            remedy="deliver fewer keys (uses of the secret), or format: json instead of keys",
        )


def _token(config: StackConfig, key: str, principal: Principal, workload: Workload) -> Iterator[Problem]:
    if "token_seconds" not in workload.model_fields_set:
        return
    volumes = delivery.token_volumes(config, principal)
    if not any(volume["name"] == TOKEN_VOLUME for volume in volumes):
        yield Problem(
            key=f"{key}.tokenSeconds",
            got=shown(workload.token_seconds),
            allowed="only where a token is projected: with agent, or with direct and its own vaultAudience",
            remedy="remove the key",
        )


def _same_target(config: StackConfig) -> Iterator[Problem]:
    seen: dict[tuple[str, str, str], str] = {}
    for name, workload in config.workloads.items():
        if workload.target is None or workload.namespace is None:
            continue
        place = (workload.target.kind, workload.namespace, workload.target.name)
        if place in seen:
            yield Problem(
                key=f"workloads.{name}.target",
                got=shown("/".join(place)),
                allowed="an object that no other workload has: its pods run as one account",
                remedy=f"{seen[place]} has it; declare one workload that reads what both need",
            )
        seen.setdefault(place, f"workloads.{name}")
