"""Delivery by objects of other operators: what the way can carry, and what it needs to know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from components import delivery_objects
from components.config import resolve
from components.config.checks import delivery_csi
from components.config.delivery_objects import EsoOptions
from components.config.engines.database import DatabaseSecret
from components.config.problem import Problem, shown
from components.config.resolve import Principal
from components.config.secrets import AwsSecret, Secret
from components.config.stack import StackConfig
from components.config.workloads import Workload
from components.documents.delivered import CustomObject
from components.documents.external_secrets import GENERATORS

_OPTIONS: Final = ("csi", "eso", "vso")
_WRITERS: Final = ("ExternalSecret", "VaultStaticSecret", "VaultDynamicSecret", "VaultPKISecret")


def check(config: StackConfig) -> Iterator[Problem]:
    """Problems of every workload delivered by csi, eso or vso, then of two that clash."""
    for name, principal in resolve.principals(config).items():
        workload = config.workloads.get(name)
        if workload is None or principal.kind != "workload":
            continue
        key = f"workloads.{name}"
        yield from _options(key, workload)
        if workload.delivery not in delivery_objects.WAYS:
            continue
        if not principal.is_pod:
            yield _outside(key, workload)
            continue
        for secret, found in _read(config, principal).items():
            yield from _carried(key, workload, secret, found)
            if isinstance(found, DatabaseSecret) and found.username is None:
                yield from _lease(key, workload, secret, found)
        if workload.delivery == "csi":
            yield from delivery_csi.check(config, key, principal, workload)
        else:
            yield from _namespace(config, key, principal, workload)
            yield from _no_files(key, workload)
            yield from _targets(key, principal, workload)
    yield from _clashes(config)


def _read(config: StackConfig, principal: Principal) -> Mapping[str, Secret]:
    return {name: config.secrets[name] for name in principal.reads if name in config.secrets}


def _options(key: str, workload: Workload) -> Iterator[Problem]:
    for way in _OPTIONS:
        if getattr(workload, way) is not None and workload.delivery != way:
            yield Problem(
                key=f"{key}.{way}",
                got="an object",
                allowed=f"options of {workload.delivery}, the workload's delivery",
                remedy=f"remove the key, or write delivery: {way}",
            )


def _outside(key: str, workload: Workload) -> Problem:
    return Problem(
        key=f"{key}.delivery",
        got=shown(workload.delivery),
        allowed="direct for a workload that is no pod of the cluster",
        remedy="remove the key, or the workload's identity",
    )


def _carried(key: str, workload: Workload, name: str, secret: Secret) -> Iterator[Problem]:
    """Which kinds a way can carry at all."""
    way, reason = workload.delivery, None
    if secret.backend == "transit":
        reason = "what can be read: transit encrypts and decrypts, and hands out nothing"
        remedy = "use delivery: direct or agent for a workload with transit"
    elif way == "vso" and isinstance(secret, AwsSecret):
        reason = "secrets in Vault: the Vault Secrets Operator reads nothing else"
        remedy = "write delivery: eso or csi, or split the workload"
    elif way == "eso" and isinstance(secret, AwsSecret) and workload.aws_identity == "podIdentity":
        reason = "awsIdentity: irsa with eso, which takes the role from the account's annotation"
        remedy = "write awsIdentity: irsa, or delivery: csi"
    else:
        return
    yield Problem(key=f"{key}.reads", got=f"{shown(name)} by {way}", allowed=reason, remedy=remedy)


def _lease(key: str, workload: Workload, name: str, secret: DatabaseSecret) -> Iterator[Problem]:
    """Vault ends a credential with the token that asked for it, and neither the CSI provider nor
    ESO's generator renews one or the other (vault-csi-provider 1.7.4, external-secrets 2.9.0)."""
    if workload.delivery == "csi":
        yield Problem(
            key=f"{key}.reads",
            got=f"{shown(name)} by csi",
            allowed="static roles: nothing renews the lease, which ends with the provider's token",
            remedy="write delivery: vso or agent, or give the secret a username",
        )
    life = min(workload.token_ttl_seconds, secret.default_ttl)
    refresh = (workload.eso or EsoOptions()).refresh_seconds
    if workload.delivery == "eso" and refresh * 3 > life * 2:
        yield Problem(
            key=f"{key}.eso.refreshSeconds",
            got=shown(refresh),
            allowed=f"at most {life * 2 // 3} with {shown(name)}: two thirds of the credential's life, which "
            "ends with the token that asked for it (tokenTtlSeconds, defaultTtlSeconds)",
            remedy="lower it, or write delivery: vso or agent",
        )


def _namespace(config: StackConfig, key: str, principal: Principal, workload: Workload) -> Iterator[Problem]:
    """No Role can stand before the namespace, so there the deployer could make stores anywhere; a
    store sends the token of any account of its namespace to any address."""
    namespace = config.shared.namespaces.get(principal.namespace)
    if config.tier == "production" and namespace is not None and namespace.manage == "create":
        yield Problem(
            key=f"{key}.namespace",
            got=f"{shown(principal.namespace)}, which this stack makes",
            allowed=f"an existing namespace with {workload.delivery} in production: else the deployer may "
            "make stores in every namespace, and with them get the token of any account",
            remedy="make the namespace beforehand, and write manage: existing for it in shared.namespaces",
        )


def _no_files(key: str, workload: Workload) -> Iterator[Problem]:
    if workload.files:
        yield Problem(
            key=f"{key}.files",
            got=f"{len(workload.files)} files",
            allowed=f"nothing with {workload.delivery}: it makes Kubernetes Secrets",
            remedy="mount the Kubernetes Secret, or write delivery: agent or csi",
        )


def _targets(key: str, principal: Principal, workload: Workload) -> Iterator[Problem]:
    options = workload.eso if workload.delivery == "eso" else workload.vso
    for name in options.kubernetes_secrets if options else ():
        if name not in principal.reads:
            yield Problem(
                key=f"{key}.{workload.delivery}.kubernetesSecrets",
                got=shown(name),
                allowed=f"secrets that the workload reads: {', '.join(sorted(principal.reads)) or 'none'}",
                remedy="correct the name, or add it to reads",
            )


def _clashes(config: StackConfig) -> Iterator[Problem]:
    """Two objects of one name, two writers of one Kubernetes Secret, two files of one name."""
    seen: dict[tuple[str, ...], str] = {}
    for name, principal in resolve.principals(config).items():
        try:
            objects = delivery_objects.objects(config, principal)
        except (KeyError, ValueError):
            continue  # a name that isn't declared: its own check says so
        key = f"workloads.{name}"
        for item in objects:
            for place in _places(item):
                if place in seen:
                    yield Problem(
                        key=f"{key}.reads" if seen[place] == key else key,
                        got=f"{place[0]} {shown(place[-1])} a second time in namespace {item.namespace}",
                        allowed="a name that nothing else there has",
                        remedy=f"{seen[place]} has it; name the files or Kubernetes Secrets otherwise",
                    )
                seen.setdefault(place, key)


def _places(item: CustomObject) -> Iterator[tuple[str, ...]]:
    """What exists once: the object, the Kubernetes Secret it makes, the files it mounts."""
    yield f"{item.kind} of {item.group}", item.namespace, item.name
    if item.kind in _WRITERS and item.api_version != GENERATORS:
        yield "Kubernetes Secret", item.namespace, item.name
    if item.kind == "SecretProviderClass":
        for synced in item.spec.get("secretObjects", ()):
            yield "Kubernetes Secret", item.namespace, str(synced["secretName"])
        for file in item.files:
            yield "file", item.namespace, item.name, file
