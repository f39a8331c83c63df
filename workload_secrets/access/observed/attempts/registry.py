"""Which module tries the verbs of which kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from workload_secrets.access.observed.attempt import Attempt
from workload_secrets.access.observed.attempts import database, kv, pki, transit
from workload_secrets.access.observed.vault import VaultLogin
from workload_secrets.declaration.secret import Backend, Secret, Verb

_KINDS: Final[Mapping[Backend, Callable[[VaultLogin, Secret, Verb], Attempt]]] = {
    "vault": kv.attempt,
    "database": database.attempt,
    "pki": pki.attempt,
    "transit": transit.attempt,
}


def attempt(login: VaultLogin, secret: Secret, verb: Verb) -> Attempt:
    """One verb on one secret, tried for real."""
    return _KINDS[secret.backend](login, secret, verb)
