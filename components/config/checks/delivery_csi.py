"""Delivery by the Secrets Store CSI driver: audiences, files, and what nothing renders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from components.config import resolve
from components.config.problem import Problem, shown
from components.config.resolve import Principal
from components.config.secrets import AwsSecret
from components.config.stack import StackConfig
from components.config.workloads import Workload
from components.documents.secret_provider_class import IRSA_AUDIENCE, POD_IDENTITY_AUDIENCE

_FILE: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,252}", re.ASCII)


def check(config: StackConfig, key: str, principal: Principal, workload: Workload) -> Iterator[Problem]:
    """Problems of one workload delivered by csi. The kubelet mints tokens for the driver's
    declared audiences only."""
    yield from _mounted(config, key, principal, workload)
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
    systems = {
        resolve.system_of(secret)
        for secret in (config.secrets[n] for n in principal.reads if n in config.secrets)
    }
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
