"""Who vouches for client certificates, where it is a CA of the stack: nobody else may get one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from components.config import resolve
from components.config.checks.principals import keyed
from components.config.engines.pki import PkiSecret
from components.config.gateways import reading
from components.config.identity import CertIdentity
from components.config.problem import Problem, shown, undeclared
from components.config.resolve import Principal
from components.config.stack import StackConfig
from components.documents.engines.pki import pki_secrets

_SAVE: Final = "save the certificate of that CA in the project and name it in caFile"


def check(config: StackConfig) -> Iterator[Problem]:
    """Problems of every login by certificate that concern its authority."""
    holders = [(p, p.outside) for _, p in keyed(config) if isinstance(p.outside, CertIdentity)]
    for principal, identity in holders:
        yield from _one(principal.login_key, identity)
        if identity.pki_mount is not None:
            yield from _mount(config, principal.login_key, identity.pki_mount)
            yield from _issued(config, principal, identity)
            yield from _below(config, principal, identity, holders)


def _one(key: str, identity: CertIdentity) -> Iterator[Problem]:
    if (identity.ca_file is None) == (identity.pki_mount is None):
        yield Problem(
            key=f"{key}.caFile",
            got="nothing" if identity.ca_file is None else "a file beside pkiMount",
            allowed="one authority: caFile, or pkiMount, a key of shared.pkiMounts",
            remedy="name who signs the certificate" if identity.ca_file is None else "remove one of the two",
        )


def _mount(config: StackConfig, key: str, name: str) -> Iterator[Problem]:
    mount = config.shared.pki_mounts.get(name)
    if mount is None:
        yield undeclared(f"{key}.pkiMount", name, "pkiMounts", config.shared.pki_mounts)
        return
    reason = None
    if mount.manage == "existing":
        reason = "a mount that somebody else makes"
    elif mount.kind == "intermediate" and mount.signed_by is None:
        reason = "whose certificate an external CA signs"
    if reason:
        yield Problem(
            key=f"{key}.pkiMount",
            got=f"{shown(name)}, {reason}",
            allowed="a mount whose CA this stack makes: with manage: create, a root or signedBy one",
            remedy=_SAVE,
        )


def _issued(config: StackConfig, principal: Principal, identity: CertIdentity) -> Iterator[Problem]:
    """A role of the stack by which somebody else gets a certificate that logs in as this one."""
    own = {principal.name, _workload(config, principal)}
    for name, secret in pki_secrets(config).items():
        if not _vouched(config, secret.mount, identity.pki_mount or "") or not _fits(secret, identity):
            continue
        others = [p.name for p in resolve.principals(config).values() if name in p.reads]
        for other in (other for other in others if other not in own):
            yield Problem(
                key=f"{principal.login_key}.commonName",
                got=f"{shown(identity.common_name)}, which {other} gets a client certificate for: it reads "
                f"secrets.{name}",
                allowed="a name that nobody else is issued: whoever holds the certificate logs in",
                remedy=f"choose another commonName, take the name or client off secrets.{name}, or take the "
                f"secret away from {other}",
            )


def _below(
    config: StackConfig,
    principal: Principal,
    identity: CertIdentity,
    holders: list[tuple[Principal, CertIdentity]],
) -> Iterator[Problem]:
    """The same name of a CA below: its certificate with its chain would log in here too."""
    for other, its in holders:
        below = its.pki_mount is not None and its.pki_mount != identity.pki_mount
        vouched = below and _vouched(config, its.pki_mount or "", identity.pki_mount or "")
        if vouched and its.common_name == identity.common_name:
            yield Problem(
                key=f"{principal.login_key}.commonName",
                got=f"{shown(identity.common_name)}, the name of {other.key} too, whose CA is below",
                allowed="a name of its own",
                remedy="rename one of the two, or give both the lower CA and names of their own",
            )


def _workload(config: StackConfig, principal: Principal) -> str:
    """The workload that a gateway's own principal belongs to; empty where there is none."""
    name, _ = reading.logins(config).get(principal.name, ("", ""))
    gateway = config.gateways.get(name)
    return gateway.workload or "" if gateway else ""


def _vouched(config: StackConfig, mount: str, authority: str) -> bool:
    """Whether the CA `authority` vouches for what `mount` issues."""
    declared = config.shared.pki_mounts.get(mount)
    return mount == authority or (declared is not None and declared.signed_by == authority)


def _fits(secret: PkiSecret, identity: CertIdentity) -> bool:
    """Whether the role issues a certificate that logs in as this identity."""
    named = not identity.dns_sans or any(secret.issues(name) for name in identity.dns_sans)
    return secret.client and secret.issues(identity.common_name) and named
