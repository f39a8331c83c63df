"""Error texts that servers are known for. They are shown also where the rest must be left out."""

from __future__ import annotations

from typing import Final

PHRASES: Final = (
    # Vault and OpenBao, sdk/logical/error.go and the engines' own answers
    "permission denied",
    "missing client token",
    "invalid token",
    "bad token",
    "no handler for route",
    "unsupported path",
    "unsupported operation",
    "namespace not authorized",
    "namespace not found",
    "service account name not authorized",
    "invalid audience (aud) claim",
    "error validating token",
    "lookup failed",
    "invalid role name",
    "role could not be found",
    "unknown role",
    "invalid role or secret ID",
    "invalid secret id",
    "source address",
    "wrapping token is not valid or does not exist",
    "check-and-set parameter did not match the current version",
    "check-and-set parameter required",
    "path is already in use",
    "already exists",
    "no matching mount",
    "failed to verify client's certificate",
    "no chain matching all constraints",
    "failed to parse",
    "error parsing JSON",
    "error verifying connection",
    "error creating database object",
    "Vault is sealed",
    "OpenBao is sealed",
    "local node not active but active cluster node not found",
    "Upgrading from non-versioned",
    "request rate limit exceeded",
    "lease not found",
    # PostgreSQL, https://www.postgresql.org/docs/current/errcodes-appendix.html
    "password authentication failed",
    "no pg_hba.conf entry",
    "connection refused",
    "no such host",
    "i/o timeout",
    # TLS
    "certificate signed by unknown authority",
    "certificate has expired",
    "certificate is not valid for any names",
    "certificate verify failed",
    # Kubernetes, k8s.io/apimachinery/pkg/api/errors
    "Unauthorized",
    "is forbidden",
    "not found",
    "is invalid",
)
_FOLDED: Final = tuple((phrase, phrase.lower()) for phrase in PHRASES)


def known(text: str) -> tuple[str, ...]:
    """The known phrases of a text, each once, without those that are part of another."""
    here = " ".join(text.lower().split())
    found = [(phrase, low) for phrase, low in _FOLDED if low in here]
    return tuple(
        phrase for phrase, low in found if not any(low != other and low in other for _, other in found)
    )
