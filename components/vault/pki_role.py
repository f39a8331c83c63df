"""A PKI role: it issues certificates for exactly the declared names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_vault as vault

from components.config.engines.pki import KeyType
from components.inputs import Args

TOKEN = "workload-secrets:vault:PkiRole"  # noqa: S105 a type token
_USAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "ec": ("DigitalSignature", "KeyAgreement"),
    "ed25519": ("DigitalSignature",),
    "rsa": ("DigitalSignature", "KeyEncipherment"),  # only RSA encrypts a session's key
}
"""Key usages by key type. https://www.rfc-editor.org/rfc/rfc5480 (3), rfc8410 (5), rfc3279 (2.3.1)"""


class PkiRoleArgs(Args):
    """`mount` is the mount's path, `role` the name in Vault. Times are seconds.

    `issuer`: the mount's CA, where this stack makes it.
    """

    mount: str
    role: str
    domains: tuple[str, ...]
    ttl_seconds: int
    max_ttl_seconds: int
    bare_domains: bool = True
    allow_subdomains: bool = False
    ip_sans: bool = False
    server: bool = True
    client: bool = False
    key_type: KeyType = "ec"
    key_bits: int = 256
    issuer: pulumi.Resource | None = None


class PkiRole(pulumi.ComponentResource):
    """Everything that the provider would allow by default and nobody declared is written out:
    localhost, IP addresses, wildcard certificates, use as a client."""

    path: pulumi.Output[str]

    def __init__(self, name: str, args: PkiRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, None, opts)
        role = vault.pkisecret.SecretBackendRole(
            f"{name}-role",
            backend=args.mount,
            name=args.role,
            issuer_ref="default",
            allowed_domains=list(args.domains),
            allow_bare_domains=args.bare_domains,
            allow_subdomains=args.allow_subdomains,
            allow_any_name=False,
            allow_glob_domains=False,
            allow_localhost=False,
            allow_wildcard_certificates=False,
            allow_ip_sans=args.ip_sans,
            enforce_hostnames=True,
            cn_validations=["hostname"],
            require_cn=True,
            server_flag=args.server,
            client_flag=args.client,
            code_signing_flag=False,
            email_protection_flag=False,
            key_type=args.key_type,
            key_bits=args.key_bits,
            key_usages=list(_USAGES[args.key_type]),
            ttl=str(args.ttl_seconds),  # as the server gives it back
            max_ttl=str(args.max_ttl_seconds),
            generate_lease=False,  # a certificate ends by itself; a lease each would fill the storage
            no_store=False,  # else it can't be revoked
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.issuer] if args.issuer else None),
        )
        self.path = pulumi.Output.concat(role.backend, "/issue/", role.name)
        self.register_outputs({"path": self.path})
