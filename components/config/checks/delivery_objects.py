"""Delivery by objects of other operators: what the way can carry, and what it needs to know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from components import delivery_objects
from components.config import resolve
from components.config.delivery_objects import EsoOptions
from components.config.engines.database import DatabaseSecret
from components.config.problem import Problem, shown
from components.config.resolve import Principal
from components.config.secrets import AwsSecret, Secret
from components.config.stack import StackConfig
from components.config.workloads import Workload
from components.documents.delivered import CustomObject
from components.documents.external_secrets import GENERATORS
from components.documents.secret_provider_class import IRSA_AUDIENCE, POD_IDENTITY_AUDIENCE

_OPTIONS: Final = ("csi", "eso", "vso")
_WRITERS: Final = ("ExternalSecret", "VaultStaticSecret", "VaultDynamicSecret", "VaultPKISecret")
_FILE: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,252}", re.ASCII)


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
            yield from _csi(config, key, principal, workload)
            yield from _mounted(config, key, principal, workload)
        else:
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


def _csi(config: StackConfig, key: str, principal: Principal, workload: Workload) -> Iterator[Problem]:
    """The kubelet mints tokens for the driver's declared audiences only."""
    driver = config.facts.cluster.csi
    listed = driver.token_audiences if driver else ()
    for audience in sorted(_audiences(config, principal, workload)):
        if audience not in listed:
            yield Problem(
                key="facts.cluster.csi.tokenAudiences",
                got=f"{len(listed)} audiences" if driver else "nothing",
                allowed=f"the audiences that the CSIDriver's tokenRequests lists, {audience} for {key} too",
                remedy="install the driver with it in tokenRequests, then name it here",
            )
    irsa = principal.identity.aws_identity == "irsa" and resolve.secrets_of(config, principal, "aws")
    if irsa and principal.identity.aws_audience != IRSA_AUDIENCE:
        yield Problem(
            key=f"{key}.awsAudience",
            got=shown(principal.identity.aws_audience),
            allowed=f"{IRSA_AUDIENCE} with csi: the AWS provider asks for no other",
            remedy="remove the key, or write delivery: eso",
        )
    systems = {resolve.system_of(secret) for secret in _read(config, principal).values()}
    if len(systems) > 1 and (principal.mendix or (workload.csi and workload.csi.sync_to)):
        what = "csi.syncTo" if workload.csi and workload.csi.sync_to else "mendix"
        yield Problem(
            key=f"{key}.{what}",
            got="secrets in AWS and in Vault",
            allowed="secrets of one system: a class has one provider, and this workload one class",
            remedy="keep them in one system, or split the workload",
        )


def _audiences(config: StackConfig, principal: Principal, workload: Workload) -> set[str]:
    found: set[str] = set()
    if resolve.secrets_of(config, principal, "aws"):
        found.add(POD_IDENTITY_AUDIENCE if workload.aws_identity == "podIdentity" else IRSA_AUDIENCE)
    if resolve.secrets_of(config, principal, "vault") and principal.vault_audience:
        found.add(principal.vault_audience)
    return found


def _mounted(config: StackConfig, key: str, principal: Principal, workload: Workload) -> Iterator[Problem]:
    for name, file in workload.files.items():
        where = f"{key}.files.{name}"
        in_aws = isinstance(config.secrets.get(file.secret), AwsSecret)
        allowed = ("keys", "json") if in_aws else ("keys",)
        if file.format not in allowed:
            yield Problem(
                key=f"{where}.format",
                got=shown(file.format),
                allowed=f"{' or '.join(allowed)} with csi: nothing renders there",
                remedy="write format: keys, or delivery: agent",
            )
        for option in ("template", "command", "optional"):
            if getattr(file, option):
                yield Problem(
                    key=f"{where}.{option}",
                    got="a value",
                    allowed="nothing with csi: a missing key stops the mount, and nothing is run or rendered",
                    remedy="remove it, or write delivery: agent",
                )
        for called in file.names.values():
            if not _FILE.fullmatch(called):
                yield Problem(
                    key=f"{where}.names",
                    got=shown(called),
                    allowed="letters, digits and ._- with csi: one file in one folder",
                    remedy="rename the file",
                )
    unread = [name for name in {f.secret for f in workload.files.values()} if name not in principal.reads]
    for name in sorted(unread):
        yield Problem(
            key=f"{key}.files",
            got=shown(name),
            allowed="secrets that the workload reads",
            remedy="add it to reads, or remove the file",
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
