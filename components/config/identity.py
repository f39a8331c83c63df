"""Who logs in where there is no pod: a CI job by its JWT, a machine by AppRole, any by certificate.

Every binding is exact. Vault would take globs for certificate names and empty lists for
addresses; here they are refused.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from components import limits
from components.config.base import Model
from components.config.fields import Audience, AuthMountPath, FilePath, Name
from components.config.problem import refuse
from components.config.rules import between, pattern

SECRET_ID_USES_MAX: Final = 20
_DAY: Final = 86_400
_SUBJECT_MAX: Final = 512


def _issuer(value: str) -> str:
    """https://openid.net/specs/openid-connect-core-1_0.html#IDToken: no query, no fragment."""
    plain = re.fullmatch(r"https://[A-Za-z0-9.:-]+(/[A-Za-z0-9._~/-]*)?", value, re.ASCII)
    if not plain or not urlsplit(value).hostname:
        refuse(
            value,
            "https://HOST or https://HOST/PATH, without user, query and fragment",
            "copy the iss claim of a job's token, exactly",
        )
    return value


def _subject(value: str) -> str:
    if "*" in value:
        refuse(value, "one subject, exactly", "write the sub claim of the one job that may log in")
    if not value or len(value) > _SUBJECT_MAX or not value.isascii() or not value.isprintable():
        refuse(
            value,
            f"one line of at most {_SUBJECT_MAX} printable ASCII characters",
            "copy the sub claim of the job's token",
        )
    return value


def _network(value: str) -> str:
    try:
        network = ipaddress.ip_network(value, strict=True)
    except ValueError:
        refuse(
            value,
            "an address or a network such as 10.1.2.3 or 10.1.2.0/24, host bits zero",
            "name the addresses that the machine calls from",
        )
    if network.prefixlen == 0:
        refuse(value, "less than every address there is", "name the networks of the machine")
    return str(network)


def _networks(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        refuse("an empty list", "at least one address or network", "name where the machine calls from")
    if len(set(value)) < len(value):
        refuse("the same network twice", "each network once", "remove the second mention")
    return value


Issuer = Annotated[str, AfterValidator(_issuer)]
Subject = Annotated[str, AfterValidator(_subject)]
Network = Annotated[str, AfterValidator(_network)]
Networks = Annotated[tuple[Network, ...], AfterValidator(_networks)]
SecretIdSeconds = Annotated[
    int, between(60, 604_800, "seconds", "deliver the secret id soon after it is made")
]
SecretIdUses = Annotated[
    int, between(1, SECRET_ID_USES_MAX, "logins", "make a new secret id for a machine that starts anew")
]
TokenSeconds = Annotated[
    int, between(300, 30 * _DAY, "seconds", "hand over a new token before the old one ends")
]
CommonName = Annotated[
    str,
    pattern(
        r"[A-Za-z0-9]([A-Za-z0-9 ._:@-]{0,62}[A-Za-z0-9])?",
        "1 to 64 letters, digits, spaces and ._:@-, without wildcards",
        "copy the common name of the certificate, exactly",
    ),
]
DnsSan = Annotated[
    str,
    pattern(
        rf"(?=.{{1,{limits.DNS_SUBDOMAIN_MAX}}}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*",
        "one DNS name in lower case, without wildcards",
        "copy a DNS name of the certificate, exactly",
    ),
]


class KubernetesIdentity(Model):
    """A pod's ServiceAccount: what a workload is unless it says otherwise."""

    method: Literal["kubernetes"] = "kubernetes"


class JwtIdentity(Model):
    """A job of a CI system, by the token that the system signs for it.

    `public_key_files`: PEM files of the issuer's signing keys where Vault can't reach the
    issuer; without them its discovery is used.
    """

    method: Literal["jwt"]
    issuer: Issuer
    subject: Subject
    audience: Audience
    public_key_files: tuple[FilePath, ...] = ()
    auth_mount: AuthMountPath = "jwt"


class ApproleIdentity(Model):
    """A machine that is handed a secret id, wrapped and out of band. Times are seconds.

    `token_bound_cidrs` defaults to `bound_cidrs`.
    """

    method: Literal["approle"]
    bound_cidrs: Networks
    secret_id_ttl_seconds: SecretIdSeconds = 3600
    secret_id_uses: SecretIdUses = 1
    token_bound_cidrs: Networks | None = None
    auth_mount: AuthMountPath = "approle"

    @property
    def token_cidrs(self) -> tuple[str, ...]:
        """Where the token that a login gives may be used from."""
        return self.token_bound_cidrs or self.bound_cidrs


class CertIdentity(Model):
    """A holder of a certificate with exactly this common name and, where `dns_sans` are given, one
    of these too. Vault calls a login by the common name and fails without one.

    Its authority is the one in `ca_file` or the CA of `pki_mount`, a key of `shared.pkiMounts`.
    """

    method: Literal["cert"]
    common_name: CommonName
    dns_sans: tuple[DnsSan, ...] = ()
    ca_file: FilePath | None = None
    pki_mount: Name | None = None
    auth_mount: AuthMountPath = "cert"


class TokenIdentity(Model):
    """Whoever is handed a token, wrapped and out of band: for development only.

    The token is its holder's whole login, so nothing else may choose it: it is no identity of a
    workload or writer, only of a gateway's vault. It lives `life_seconds` and is never renewed;
    with `bound_cidrs` it is good from these networks only.
    """

    method: Literal["token"]
    life_seconds: TokenSeconds = _DAY
    bound_cidrs: Networks | None = None

    @property
    def auth_mount(self) -> str:
        """The auth mount of tokens, which every server has and which can't be moved."""
        return "token"


def _from_word(value: Any) -> Any:
    return {"method": value} if isinstance(value, str) else value


AnyIdentity = Annotated[
    Annotated[
        KubernetesIdentity | JwtIdentity | ApproleIdentity | CertIdentity, Field(discriminator="method")
    ],
    BeforeValidator(_from_word),
]
IDENTITIES: Final[dict[str, type[Model]]] = {
    "kubernetes": KubernetesIdentity,
    "jwt": JwtIdentity,
    "approle": ApproleIdentity,
    "cert": CertIdentity,
}
METHODS: Final = tuple(IDENTITIES)
MountedIdentity = JwtIdentity | ApproleIdentity | CertIdentity
"""An identity that is no pod's, on an auth mount that somebody makes."""
OutsideIdentity = MountedIdentity | TokenIdentity
"""An identity that is no pod's."""
