"""Real tokens for every actor: from the API server where it mints them, else forged."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from workload_secrets.access.observed.cluster import ClusterClient
from workload_secrets.access.principals import Actor
from workload_secrets.decide.claims import TokenClaims

Sign = Callable[[Mapping[str, Any]], str]
PAST: Final = 3600
"""How long ago an expired token ended, in seconds: beyond any leeway."""


class Mint:
    """`prover` may ask for the stack's own accounts' tokens, `admin` for any account's.
    `sign` signs with the key of the issuer that the claims name, `foreign` with one that nobody
    knows."""

    def __init__(self, prover: ClusterClient, admin: ClusterClient, sign: Sign, foreign: Sign) -> None:
        self._prover = prover
        self._admin = admin
        self._sign = sign
        self._foreign = foreign
        self._lock = threading.Lock()
        self._made: dict[TokenClaims, str] = {}

    def token(self, actor: Actor, claims: TokenClaims) -> str:
        """The token that makes these claims; the same one each time it is asked for."""
        with self._lock:
            made = self._made.get(claims)
        if made is None:
            made = self._make(actor, claims)
            with self._lock:
                self._made[claims] = made
        return made

    def _make(self, actor: Actor, claims: TokenClaims) -> str:
        if not claims.signed:
            return self._foreign(_claims(actor, claims))
        if claims.expired or not actor.has_account:
            return self._sign(_claims(actor, claims))
        client = self._admin if actor.has_other_account else self._prover
        return client.token(actor.namespace, actor.service_account, claims.audience[0])


def _claims(actor: Actor, claims: TokenClaims) -> dict[str, Any]:
    """What a token of the API server claims.
    https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/"""
    now = int(time.time())
    end = now - PAST if claims.expired else now + PAST
    account = {"name": actor.service_account, "uid": str(uuid.uuid4())}
    cluster = {"kubernetes.io": {"namespace": actor.namespace, "serviceaccount": account}}
    return {
        "iss": claims.issuer,
        "sub": claims.subject,
        "aud": list(claims.audience),
        "iat": end - PAST,
        "nbf": end - PAST,
        "exp": end,
        "jti": str(uuid.uuid4()),
        **(cluster if actor.has_account else {}),
    }
