"""Certificates: mounts that can have a CA, and roles that issue exactly their names."""

from __future__ import annotations

from collections.abc import Iterator

from components.config import products
from components.config.engines.pki import KEY_BITS, PkiMount, PkiSecret
from components.config.problem import Problem, shown, undeclared
from components.config.stack import StackConfig
from components.documents.engines.pki import pki_secrets, used_mounts, waits


def check(config: StackConfig) -> Iterator[Problem]:
    """Problems of every PKI mount, then of every secret that is issued from one."""
    for name, mount in config.shared.pki_mounts.items():
        key = f"shared.pkiMounts.{name}"
        yield from _bits(key, mount)
        if mount.manage == "create":
            yield from _authority(key, mount)
            yield from _signer(config, name, mount)
            yield from _upkeep(key, mount)
        else:
            yield from _existing(key, mount)
    yield from _product(config)
    for name, secret in pki_secrets(config).items():
        yield from _secret(config, f"secrets.{name}", secret)


def _product(config: StackConfig) -> Iterator[Problem]:
    vault = config.facts.vault
    made = [name for name, mount in used_mounts(config).items() if mount.manage == "create"]
    if vault is not None and made and not products.can(vault, "pkiAutoTidy"):
        yield Problem(
            key="facts.vault.version",
            got=shown(vault.version),
            allowed="a version whose PKI mounts tidy themselves, Vault 1.12 or newer",
            remedy=f"upgrade the server, or take away shared.pkiMounts {', '.join(made)}",
        )


def _bits(key: str, holder: PkiMount | PkiSecret) -> Iterator[Problem]:
    allowed = KEY_BITS[holder.key_type]
    if holder.key_bits is not None and holder.key_bits not in allowed:
        sizes = ", ".join(str(bits) for bits in allowed)
        yield Problem(
            key=f"{key}.keyBits",
            got=shown(holder.key_bits),
            allowed=f"for {holder.key_type}: {sizes}",
            remedy="leave the key out for a good size",
        )


def _authority(key: str, mount: PkiMount) -> Iterator[Problem]:
    if mount.common_name is None:
        yield Problem(
            key=f"{key}.commonName",
            got="nothing",
            allowed="the name of the CA, as it stands in its certificate",
            remedy="add it, or write manage: existing",
        )
    if mount.max_ttl_seconds >= mount.ca_ttl:
        yield Problem(
            key=f"{key}.maxTtlSeconds",
            got=shown(mount.max_ttl_seconds),
            allowed=f"less than the {mount.ca_ttl} seconds of the CA itself",
            remedy="shorten it, or raise caTtlSeconds: no certificate outlives its CA",
        )
    extra = "signedBy" if mount.signed_by else "certificateFile" if mount.certificate_file else None
    if mount.kind == "root" and extra:
        yield Problem(
            key=f"{key}.{extra}",
            got="a key that only an intermediate has",
            allowed="no signer: a root signs itself",
            remedy="write kind: intermediate, or remove the key",
        )


def _signer(config: StackConfig, name: str, mount: PkiMount) -> Iterator[Problem]:
    if mount.kind == "root" or mount.signed_by is None:
        return
    key, mounts = f"shared.pkiMounts.{name}", config.shared.pki_mounts
    roots = sorted(n for n, m in mounts.items() if m.kind == "root" and n != name)
    signer = mounts.get(mount.signed_by)
    if signer is None or mount.signed_by not in roots:
        yield Problem(
            key=f"{key}.signedBy",
            got=shown(mount.signed_by),
            allowed=f"a key of shared.pkiMounts of kind root: {', '.join(roots) or 'none is declared'}",
            remedy="name the root, or leave the key out where an external CA signs",
        )
    elif mount.ca_ttl >= signer.ca_ttl:
        yield Problem(
            key=f"{key}.caTtlSeconds",
            got=shown(mount.ca_ttl),
            allowed=f"less than the {signer.ca_ttl} seconds of {mount.signed_by}",
            remedy="shorten it: no certificate outlives its signer",
        )
    if mount.certificate_file:
        yield Problem(
            key=f"{key}.certificateFile",
            got="a signed certificate beside signedBy",
            allowed="one of the two",
            remedy="remove signedBy where an external CA signs, else certificateFile",
        )


def _upkeep(key: str, mount: PkiMount) -> Iterator[Problem]:
    if not mount.tidy.cleans:
        yield Problem(
            key=f"{key}.tidy",
            got="certificates: false and revokedCertificates: false",
            allowed="at least one of the two",
            remedy="remove them: every issued certificate would stay in the storage for ever",
        )


def _existing(key: str, mount: PkiMount) -> Iterator[Problem]:
    for part, given in (("signedBy", mount.signed_by), ("certificateFile", mount.certificate_file)):
        if given is not None:
            yield Problem(
                key=f"{key}.{part}",
                got="a signer of a mount that exists",
                allowed="with manage: existing only what the secrets need",
                remedy="remove the key: the mount's owner sees to its CA",
            )


def _secret(config: StackConfig, key: str, secret: PkiSecret) -> Iterator[Problem]:
    mount = config.shared.pki_mounts.get(secret.mount)
    if mount is None:
        yield undeclared(f"{key}.mount", secret.mount, "pkiMounts", config.shared.pki_mounts)
    elif waits(mount):
        yield Problem(
            key=f"{key}.mount",
            got=f"{shown(secret.mount)}, which has no certificate yet",
            allowed="a mount whose CA can issue",
            remedy="deploy the mount without this secret, have its output csr signed, commit the answer and "
            f"name it in shared.pkiMounts.{secret.mount}.certificateFile",
        )
    yield from _bits(key, secret)
    yield from _names(key, secret)
    yield from _times(key, secret, mount)


def _names(key: str, secret: PkiSecret) -> Iterator[Problem]:
    if not secret.domains:
        yield Problem(
            key=f"{key}.domains",
            got="an empty list",
            allowed="the names that the role issues",
            remedy="name at least one; a role never issues any name",
        )
    if not secret.bare_domains and not secret.allow_subdomains:
        yield Problem(
            key=f"{key}.bareDomains",
            got="false, with allowSubdomains: false",
            allowed="at least one of the two",
            remedy="remove bareDomains: the role would issue nothing",
        )
    for domain in secret.domains if secret.allow_subdomains else ():
        if "." not in domain:
            yield Problem(
                key=f"{key}.domains",
                got=shown(domain),
                allowed="with allowSubdomains, domains of two labels at least",
                remedy="name the domain that is yours, such as production.example",
            )
    if not secret.server and not secret.client:
        yield Problem(
            key=f"{key}.server",
            got="false, with client: false",
            allowed="server, client, or both",
            remedy="say what the certificate is for: it would be good for nothing",
        )


def _times(key: str, secret: PkiSecret, mount: PkiMount | None) -> Iterator[Problem]:
    if secret.ttl_seconds > secret.max_ttl:
        yield Problem(
            key=f"{key}.ttlSeconds",
            got=shown(secret.ttl_seconds),
            allowed=f"at most maxTtlSeconds, {secret.max_ttl}",
            remedy="lower ttlSeconds, or raise maxTtlSeconds: the server would cut it in silence",
        )
    if mount is not None and secret.max_ttl > mount.max_ttl_seconds:
        part = "maxTtlSeconds" if secret.max_ttl_seconds else "ttlSeconds"
        yield Problem(
            key=f"{key}.{part}",
            got=shown(secret.max_ttl),
            allowed=f"at most {mount.max_ttl_seconds}, the maxTtlSeconds of shared.pkiMounts.{secret.mount}",
            remedy="shorten it, or raise the mount's",
        )
