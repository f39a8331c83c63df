"""Certificates that Vault or OpenBao issues: their mounts (`shared.pkiMounts`) and roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from components.config.base import Manage, Model
from components.config.fields import Description, FilePath, KvMountPath, Line, Name, VaultRole
from components.config.rules import between, pattern

DAY: Final = 86_400
CA_TTL_SECONDS: Final[Mapping[str, int]] = {"root": 3650 * DAY, "intermediate": 1825 * DAY}
"""Ten years for a root, five for an intermediate, where nothing else is declared."""

# https://www.rfc-editor.org/rfc/rfc1034 (3.1) and RFC 1123 (2.1): labels of letters, digits, hyphens.
_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"

DomainName = Annotated[
    str,
    pattern(
        rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*",
        "one host or domain name in lower case, without wildcards",
        "write the name out, such as api.production.example; a role issues exactly its names",
    ),
]
CertificateUrl = Annotated[
    str,
    pattern(
        r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?",
        "an http or https address with a path, without user, query and placeholders",
        "write it like https://vault.example:8200/v1/pki/crl",
    ),
]
CertificateSeconds = Annotated[
    int, between(300, 825 * DAY, "seconds", "keep certificates short; an agent renews them")
]
# https://cabforum.org/working-groups/server/baseline-requirements/ has no limit for a CA's own life.
CaSeconds = Annotated[int, between(DAY, 30 * 365 * DAY, "seconds", "give the CA at most thirty years")]
TidySeconds = Annotated[int, between(3600, 365 * DAY, "seconds", "tidy at least once a year")]
BufferSeconds = Annotated[
    int, between(3600, 3650 * DAY, "seconds", "leave clocks an hour of difference at least")
]
KeyType = Literal["ec", "rsa", "ed25519"]
KEY_BITS: Final[Mapping[str, tuple[int, ...]]] = {
    # https://openbao.org/api-docs/secret/pki/#key_bits ; ed25519 has no choice.
    "ec": (256, 384, 521),
    "rsa": (2048, 3072, 4096),
    "ed25519": (0,),
}
"""By key type, the sizes that are allowed, the default of a certificate first."""
CA_KEY_BITS: Final[Mapping[str, int]] = {"ec": 384, "rsa": 4096, "ed25519": 0}
"""By key type, the default of a CA, whose key has to last for years."""


class PkiUrls(Model):
    """Where clients find the issuer's certificate, its CRL and OCSP; written into certificates."""

    issuers: tuple[CertificateUrl, ...] = ()
    crl: tuple[CertificateUrl, ...] = ()
    ocsp: tuple[CertificateUrl, ...] = ()


class AutoTidy(Model):
    """What the mount cleans up by itself. It is always on; times are seconds.

    `buffer_seconds` and `issuer_buffer_seconds`: how long after expiry something is kept.
    An expired issuer's key is never removed.
    """

    interval_seconds: TidySeconds = 43_200
    buffer_seconds: BufferSeconds = 3 * DAY
    issuer_buffer_seconds: BufferSeconds = 365 * DAY
    certificates: bool = True
    revoked_certificates: bool = True
    expired_issuers: bool = True

    @property
    def cleans(self) -> bool:
        """Whether anything is cleaned up at all."""
        return self.certificates or self.revoked_certificates

    @property
    def parts(self) -> tuple[str, ...]:
        """The keys of a stack file that say yes."""
        said = {
            "certificates": self.certificates,
            "revokedCertificates": self.revoked_certificates,
            "expiredIssuers": self.expired_issuers,
        }
        return tuple(name for name, wanted in said.items() if wanted)


class PkiMount(Model):
    """A CA whose private key is made in Vault and never leaves it.

    `signed_by` is the mount that signs an intermediate; without it an external CA does: the
    signing request is the component's output `csr`, and its answer, the certificate with its
    chain as PEM, is committed and named by `certificate_file`.
    `protect` absent: in production. Times are seconds; `max_ttl_seconds` is the longest life
    that a role of this mount may declare.
    """

    mount: KvMountPath
    manage: Manage = "create"
    owner: Line | None = None
    description: Description | None = None
    kind: Literal["root", "intermediate"] = "root"
    signed_by: Name | None = None
    certificate_file: FilePath | None = None
    common_name: Line | None = None
    key_type: KeyType = "ec"
    key_bits: int | None = None
    ca_ttl_seconds: CaSeconds | None = None
    max_ttl_seconds: CertificateSeconds = 90 * DAY
    urls: PkiUrls = PkiUrls()
    tidy: AutoTidy = AutoTidy()
    protect: bool | None = None

    @property
    def bits(self) -> int:
        """The key's size; 0 where the type has no choice."""
        return CA_KEY_BITS[self.key_type] if self.key_bits is None else self.key_bits

    @property
    def ca_ttl(self) -> int:
        """How long the CA's own certificate is valid, in seconds."""
        return self.ca_ttl_seconds or CA_TTL_SECONDS[self.kind]


class PkiSecret(Model):
    """A role that issues certificates for exactly these names. `mount` is a key of
    `shared.pkiMounts`. Times are seconds.

    `bare_domains`: the domains themselves; `allow_subdomains`: every name below them, which
    is a wildcard. `server` and `client` are the uses that a certificate is good for.
    """

    backend: Literal["pki"]
    description: Description | None = None
    mount: Name
    role: VaultRole
    domains: tuple[DomainName, ...]
    bare_domains: bool = True
    allow_subdomains: bool = False
    ip_sans: bool = False
    server: bool = True
    client: bool = False
    ttl_seconds: CertificateSeconds = DAY
    max_ttl_seconds: CertificateSeconds | None = None
    key_type: KeyType = "ec"
    key_bits: int | None = None

    @property
    def bits(self) -> int:
        """The key's size; 0 where the type has no choice."""
        return KEY_BITS[self.key_type][0] if self.key_bits is None else self.key_bits

    @property
    def max_ttl(self) -> int:
        """The longest life a client may ask for, in seconds; `ttl_seconds` where not declared."""
        return self.max_ttl_seconds or self.ttl_seconds

    def issues(self, name: str) -> bool:
        """Whether a certificate with this name can be had; a server doesn't look at the case."""
        host = name.casefold()
        below = self.allow_subdomains and any(host.endswith(f".{domain}") for domain in self.domains)
        return below or (self.bare_domains and host in self.domains)

    @property
    def common_name(self) -> str:
        """A name that the role must issue; empty where there is no domain, which `checks.pki` refuses."""
        if not self.domains:
            return ""
        return self.domains[0] if self.bare_domains else f"host.{self.domains[0]}"
