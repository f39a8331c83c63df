"""Which verbs each kind of secret has, and which requests to Vault are a verb."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from workload_secrets.decide import vault_verbs
from workload_secrets.decide.vault_verbs import Spot, Way
from workload_secrets.declaration.secret import Backend, Secret, Verb

__all__ = ["VERBS_OF", "Way", "capabilities", "path_of", "verbs_of", "ways"]

VERBS_OF: Final[Mapping[Backend, tuple[Verb, ...]]] = {
    "aws": ("read", "write", "list"),
    "vault": ("read", "write", "list"),
    "database": ("read", "write", "list"),
    "pki": ("issue", "write", "list"),
    "transit": ("encrypt", "decrypt", "rewrap", "write", "list"),
}


def verbs_of(secret: Secret) -> tuple[Verb, ...]:
    """The verbs that somebody can have on a secret of this kind."""
    return VERBS_OF[secret.backend]


def ways(secret: Secret, verb: Verb) -> tuple[Way, ...]:
    """Every request to Vault that is this verb, the one that clients make first. Paths are
    relative to the secret's own namespace. Raises KeyError for a verb the kind has not."""
    static = secret.database is not None and secret.database.static_username is not None
    spot = Spot(mount=secret.mount or "", path=secret.path or "", static=static)
    return vault_verbs.ways(secret.backend, verb, spot)


def path_of(secret: Secret, verb: Verb) -> str:
    """The API path that clients use for a verb."""
    return ways(secret, verb)[0].path


def capabilities(secret: Secret, verb: Verb) -> tuple[str, ...]:
    """Any one of these capabilities on `path_of` is the verb."""
    return ways(secret, verb)[0].capabilities
