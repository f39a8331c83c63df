"""Nothing outside this machine is ever contacted: the check before any connection."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from workload_secrets.sandbox.deploy.outcome import HandlerError


def is_loopback(address: str) -> bool:
    """True for a URL whose host is a loopback IP address. Names are never looked up."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or parts.username is not None:
        return False
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def require_loopback(provider: str, address: str) -> str:
    """Answers the address. Raises HandlerError naming provider and address."""
    if not is_loopback(address):
        raise HandlerError(
            f"provider {provider} has the address {address}: a deploy into the sandbox contacts "
            "only loopback IP addresses; deploy with the sandbox's endpoints"
        )
    return address
