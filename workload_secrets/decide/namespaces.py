"""Namespaces of Vault, which nest by their paths.

https://developer.hashicorp.com/vault/docs/enterprise/namespaces
"""

from __future__ import annotations


def inner(wanted: str, own: str) -> str | None:
    """The prefix of a path from one namespace into itself or a child, as a policy of `own` or a
    client in it writes it; None for a namespace elsewhere."""
    wanted, own = wanted.strip("/"), own.strip("/")
    if wanted == own:
        return ""
    if own and not wanted.startswith(f"{own}/"):
        return None
    return wanted.removeprefix(own).strip("/") + "/"
