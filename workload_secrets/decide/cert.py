"""Whether a client certificate logs in to a role of a `cert` auth mount of Vault or OpenBao.

Semantics: hashicorp/vault builtin/credential/cert (path_login.go): the authority must be the
role's, and of each kind of name that the role binds the certificate must have one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from workload_secrets.decide.answer import Decision, both
from workload_secrets.decide.claims import glob, is_list, no, undecidable, unknown, yes

_CERTIFICATE: Final = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_MOUNT: Final = "pki:"
_UNDECIDED: Final = (
    "allowedNames",
    "allowedEmailSans",
    "allowedUriSans",
    "allowedOrganizationalUnits",
    "requiredExtensions",
    "tokenBoundCidrs",
    "ocspEnabled",
)


@dataclass(frozen=True, kw_only=True)
class CertificateClaims:
    """What a certificate says. `authority` is the fingerprint of the CA that signed it, or what
    `of_mount` says of a PKI mount."""

    authority: str
    common_name: str | None = None
    dns_sans: tuple[str, ...] = ()
    expired: bool = False


def of_mount(namespace: str, path: str) -> str:
    """The authority that is the CA of a PKI mount, by Vault namespace and path."""
    return f"{_MOUNT}{namespace}:{path}"


def mount_of(authority: str) -> tuple[str, str] | None:
    """Vault namespace and path of the PKI mount; None for a fingerprint."""
    if not authority.startswith(_MOUNT):
        return None
    namespace, _, path = authority.removeprefix(_MOUNT).partition(":")
    return namespace, path


def fingerprint(pem: str) -> str | None:
    """SHA-256 of the first certificate of a PEM text, in hex; None where there is none."""
    found = _CERTIFICATE.search(pem)
    if found is None:
        return None
    try:
        return hashlib.sha256(base64.b64decode("".join(found[1].split()), validate=True)).hexdigest()
    except binascii.Error:
        return None


def cert_login(
    role: Mapping[str, Any],
    shown: CertificateClaims | None,
    mounts: Mapping[str, str] | None = None,
) -> Decision:
    """Login that names the role. `role` is the camelCase inputs of
    vault:index/certAuthBackendRole; `shown` is None where no certificate is shown. `mounts`: by
    the certificate of a PKI mount's CA, as the role has it, what `of_mount` says of it."""
    if shown is None:
        return no("no certificate is shown")
    if shown.expired:
        return no("the certificate has expired")
    return both(
        [
            _authority(role, shown, mounts or {}),
            _name(role, "allowedCommonNames", (shown.common_name,) if shown.common_name else ()),
            _name(role, "allowedDnsSans", shown.dns_sans),
            *undecidable(role, _UNDECIDED),
        ]
    )


def _authority(role: Mapping[str, Any], shown: CertificateClaims, mounts: Mapping[str, str]) -> Decision:
    pem = role.get("certificate")
    if not isinstance(pem, str):
        return unknown("the role's authority is not known")
    if len(_CERTIFICATE.findall(pem)) > 1:
        return unknown("the role trusts several authorities")
    found = mounts.get(pem.strip()) or fingerprint(pem)
    if found is None:
        return no("the role's authority is no certificate")
    good = found == shown.authority
    return yes("the authority is the role's") if good else no("the role trusts another authority")


def _name(role: Mapping[str, Any], key: str, names: tuple[str, ...]) -> Decision:
    bound = role.get(key)
    if bound is None or bound == []:
        return yes(f"the role binds no {key}")
    if not is_list(bound):
        return unknown(f"the role's {key} is not known")
    patterns = cast("Sequence[Any]", bound)
    if any(isinstance(pattern, str) and glob(pattern, name) for pattern in patterns for name in names):
        return yes(f"the certificate has one of the role's {key}")
    if any(not isinstance(pattern, str) for pattern in patterns):
        return unknown(f"one of the role's {key} is not known")
    return no(f"the certificate has none of the role's {key}")
