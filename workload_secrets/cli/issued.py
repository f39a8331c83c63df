"""Client certificates that a PKI mount of the sandbox's Vault signs, by its administrator.

The administrator stands in for whoever issues the certificate; the CA is the stack's own.
"""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import Any, Final

from cryptography import x509

from workload_secrets.access.observed.vault import OK
from workload_secrets.decide.cert import CertificateClaims
from workload_secrets.errors import ServerError
from workload_secrets.keys.vault_http import VaultHttp
from workload_secrets.sandbox.identities import Identities

_LIFE: Final = "600s"
_SOON_OVER: Final = "2s"
_LONGEST_WAIT: Final = 10.0


def issued(
    admin: VaultHttp, mount: str, claims: CertificateClaims, identities: Identities
) -> tuple[str, str]:
    """The files of a certificate with these claims and of its key. `admin` holds a token with every
    right in the mount's Vault namespace. Raises ServerError where the mount signs nothing.

    The request is signed as it is, by no role of the mount:
    https://openbao.org/api-docs/secret/pki/#sign-verbatim
    """
    request = identities.request(claims.authority, claims.common_name, claims.dns_sans)
    body: dict[str, Any] = {
        "csr": request.csr,
        "ext_key_usage": ["ClientAuth"],
        "ttl": _SOON_OVER if claims.expired else _LIFE,
    }
    answer = admin.call("POST", f"{mount}/sign-verbatim", body)
    if answer.status != OK:
        raise ServerError(f"PKI mount {mount} signs nothing: HTTP {answer.status} {answer.errors}".rstrip())
    made = request.answered(str(answer.part("data", "certificate")))
    if claims.expired:
        _outlive(made.certificate)
    return str(made.certificate), str(made.key)


def _outlive(file: Path) -> None:
    """Waits until a certificate has ended."""
    ends = x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    left = (ends - dt.datetime.now(dt.UTC)).total_seconds() + 1
    if left > _LONGEST_WAIT:
        raise ServerError(f"a PKI mount gave a certificate {left:.0f} s where {_SOON_OVER} were asked for")
    time.sleep(max(left, 0))
