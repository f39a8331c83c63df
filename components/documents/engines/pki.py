"""What the deployer may do with PKI mounts: make them, their CA and their roles.

Nothing here issues a certificate to the deployer. It signs intermediates only where a mount
of the stack is signed by another, and it never exports a key: only `internal` is granted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from components.config import resolve
from components.config.engines.pki import PkiMount, PkiSecret
from components.config.identity import CertIdentity
from components.config.stack import StackConfig

Paths = dict[str, tuple[str, ...]]
_WRITE: Final = ("create", "read", "update")
_OWN: Final = (*_WRITE, "delete")
_SET: Final = ("create", "update")
_POST: Final = ("update",)


def pki_secrets(config: StackConfig) -> Mapping[str, PkiSecret]:
    """The declared roles."""
    return {name: secret for name, secret in config.secrets.items() if isinstance(secret, PkiSecret)}


def used_mounts(config: StackConfig) -> Mapping[str, PkiMount]:
    """The mounts that the stack makes or needs, signers before what they sign.

    Those of its secrets and of logins by certificate, what signs them, and every one that waits
    for an external CA: it is made before it has a secret, so that its signing request can be had.
    """
    mounts = config.shared.pki_mounts
    wanted = {secret.mount for secret in pki_secrets(config).values()}
    wanted |= {name for name, mount in mounts.items() if waits(mount)} | authorities(config)
    found = {name: mounts[name] for name in sorted(wanted) if name in mounts}
    signers = sorted({mount.signed_by for mount in found.values() if mount.signed_by} & set(mounts))
    return {**{name: mounts[name] for name in signers}, **found}


def authorities(config: StackConfig) -> frozenset[str]:
    """The mounts whose CA vouches for holders of client certificates."""
    logins = (principal.outside for principal in resolve.principals(config).values())
    return frozenset(i.pki_mount for i in logins if isinstance(i, CertIdentity) and i.pki_mount)


def existing_mounts(config: StackConfig) -> tuple[str, ...]:
    """The paths of the mounts that have to be there before the stack."""
    return tuple(mount.mount for mount in used_mounts(config).values() if mount.manage == "existing")


def waits(mount: PkiMount) -> bool:
    """Whether it is an intermediate whose external CA hasn't answered yet."""
    external = mount.kind == "intermediate" and mount.signed_by is None
    return mount.manage == "create" and external and mount.certificate_file is None


def deployer_paths(config: StackConfig) -> Paths:
    """Vault paths and their capabilities. What holds keys is deleted in development only."""
    paths: Paths = {}
    for mount in used_mounts(config).values():
        if mount.manage == "create":
            paths |= _mount(config, mount)
    for secret in pki_secrets(config).values():
        mount = config.shared.pki_mounts.get(secret.mount)
        if mount is not None:
            paths[f"{mount.mount}/roles/{secret.role}"] = _OWN
    return paths


def _mount(config: StackConfig, mount: PkiMount) -> Paths:
    path = mount.mount
    made: Paths = {
        f"sys/mounts/{path}": _OWN if config.tier == "development" else _WRITE,
        f"sys/mounts/{path}/tune": _SET,
        f"{path}/config/crl": _WRITE,
        f"{path}/config/auto-tidy": _WRITE,
    }
    if mount.urls.issuers or mount.urls.crl or mount.urls.ocsp:
        made[f"{path}/config/urls"] = _WRITE
    return made | dict(_authority(config, mount))


def _authority(config: StackConfig, mount: PkiMount) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The requests by which the provider makes a CA, all of them POSTs."""
    if mount.kind == "root":
        yield f"{mount.mount}/issuers/generate/root/internal", _POST
        return
    yield f"{mount.mount}/issuers/generate/intermediate/internal", _POST
    yield f"{mount.mount}/intermediate/set-signed", _POST
    signer = config.shared.pki_mounts.get(mount.signed_by or "")
    if signer is not None:
        yield f"{signer.mount}/root/sign-intermediate", _POST
