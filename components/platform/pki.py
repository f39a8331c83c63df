"""The platform's PKI: the mounts with their CAs, and a role for each declared secret."""

from __future__ import annotations

from collections.abc import Mapping

from components import providers
from components.config.engines.pki import PkiMount as MountConfig
from components.config.engines.pki import PkiSecret
from components.config.stack import StackConfig
from components.documents.engines.pki import pki_secrets, used_mounts
from components.platform.context import VaultContext
from components.vault.pki_mount import PkiMount, PkiMountArgs
from components.vault.pki_role import PkiRole, PkiRoleArgs


def declare(config: StackConfig, context: VaultContext) -> Mapping[str, PkiMount]:
    """Makes what the stack asks for, nothing where it has no PKI; gives the mounts."""
    made: dict[str, PkiMount] = {}
    for name, mount in used_mounts(config).items():
        signer = made.get(mount.signed_by or "")
        made[name] = PkiMount(name, _mount(config, context, mount, signer), context.opts)
    for name, secret in pki_secrets(config).items():
        path = config.shared.pki_mounts[secret.mount].mount
        PkiRole(name, _role(secret, path, made[secret.mount]), context.opts)
    return made


def _mount(
    config: StackConfig, context: VaultContext, mount: MountConfig, signer: PkiMount | None
) -> PkiMountArgs:
    signed_by = config.shared.pki_mounts.get(mount.signed_by or "")
    file = mount.certificate_file
    return PkiMountArgs(
        path=mount.mount,
        manage=mount.manage,
        kind=mount.kind,
        description=mount.description,
        common_name=mount.common_name or "",
        key_type=mount.key_type,
        key_bits=mount.bits,
        ca_ttl_seconds=mount.ca_ttl,
        signer=signed_by.mount if signed_by else None,
        signer_issuer=signer.issuer if signer else None,
        chain_pem=providers.read_pem(context.root, file) if file else None,
        urls=mount.urls,
        tidy=mount.tidy,
        protect=context.protect if mount.protect is None else mount.protect,
        after=context.namespace,
    )


def _role(secret: PkiSecret, path: str, mount: PkiMount) -> PkiRoleArgs:
    return PkiRoleArgs(
        mount=path,
        role=secret.role,
        domains=secret.domains,
        bare_domains=secret.bare_domains,
        allow_subdomains=secret.allow_subdomains,
        ip_sans=secret.ip_sans,
        server=secret.server,
        client=secret.client,
        ttl_seconds=secret.ttl_seconds,
        max_ttl_seconds=secret.max_ttl,
        key_type=secret.key_type,
        key_bits=secret.bits,
        issuer=mount.issuer,
    )
