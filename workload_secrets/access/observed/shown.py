"""Makes real what an actor shows to Vault: tokens, secret ids and certificates."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from workload_secrets.access.observed.attempt import Attempt, refused, unclear
from workload_secrets.access.observed.courier import Courier
from workload_secrets.access.observed.tokens import Mint
from workload_secrets.access.observed.vault import Shown
from workload_secrets.access.outsiders import INTRUDER, Credential, Method, home
from workload_secrets.access.principals import Actor
from workload_secrets.access.vault_view import VaultRole
from workload_secrets.decide.approle import RoleId, SecretIdClaims
from workload_secrets.decide.cert import CertificateClaims
from workload_secrets.decide.claims import TokenClaims
from workload_secrets.decide.token_role import HandedToken
from workload_secrets.declaration import Principal
from workload_secrets.declaration.identity import ApproleFacts
from workload_secrets.errors import ServerError

Certificates = Callable[[CertificateClaims], tuple[str, str]]
"""The PEM files of a client certificate with these claims and of its key."""
Decoy = Callable[[str, str], str]
"""A secret id of the intruder's own AppRole, by Vault namespace and auth mount, or a token of its
own token role."""
Revoke = Callable[[HandedToken, str], None]
"""Has a token with these claims end itself, from where it is good."""
_EXPIRES: Final = 1
_PAST: Final = 1.2


@dataclass(frozen=True, kw_only=True)
class Target:
    """A role that somebody logs in to. `role_id` belongs to an AppRole."""

    kind: Method
    place: RoleId
    role_id: str = field(default="", repr=False)

    @classmethod
    def of(cls, role: VaultRole) -> Target:
        return cls(kind=role.kind, place=role.place, role_id=role.role_id)

    @property
    def name(self) -> str:
        return self.place[2]


@dataclass(frozen=True, kw_only=True)
class Presenter:
    """Makes what is shown. Without a courier there are no secret ids and no tokens to hand over,
    without `certificates` no certificates."""

    mint: Mint
    courier: Courier | None = None
    decoy: Decoy | None = None
    revoke: Revoke | None = None
    certificates: Certificates | None = None

    def natural(self, principal: Principal) -> Target | Attempt:
        """Its own role; a machine is told its role id by the courier."""
        place = home(principal)
        if not isinstance(principal.identity, ApproleFacts):
            method = principal.identity.method if principal.identity else "kubernetes"
            return Target(kind=method, place=place)
        if self.courier is None:
            return unclear("there is no courier")
        try:
            role_id = self.courier.role_id(place[1], place[2], place[0] or None)
        except ServerError as error:
            return unclear(str(error))
        return Target(kind="approle", place=place, role_id=role_id)

    def shown(self, actor: Actor, role: Target, claims: Credential | None) -> Shown | Attempt:
        """What `actor` sends to a role to show `claims`, or why it has nothing to send."""
        if role.kind == "approle":
            secret_id = claims if isinstance(claims, SecretIdClaims) else None
            return self._secret_id(role, secret_id)
        if role.kind == "token":
            return self._token(claims if isinstance(claims, HandedToken) else None)
        if role.kind == "cert":
            certificate = claims if isinstance(claims, CertificateClaims) else None
            return self._certificate(role, certificate)
        token = self.mint.token(actor, claims) if isinstance(claims, TokenClaims) else ""
        return Shown(body={"role": role.name, "jwt": token})

    def _certificate(self, role: Target, claims: CertificateClaims | None) -> Shown | Attempt:
        if claims is None or self.certificates is None:
            return Shown(body={"name": role.name})
        try:
            return Shown(body={"name": role.name}, certificate=self.certificates(claims))
        except ServerError as error:
            return unclear(str(error))

    def _secret_id(self, role: Target, claims: SecretIdClaims | None) -> Shown | Attempt:
        if claims is None:
            return Shown(body={"role_id": role.role_id})
        try:
            secret_id = self._made(claims)
        except ServerError as error:
            return refused(str(error)) if claims.lost else unclear(str(error))
        uses = claims.uses if claims.spent and claims.role == role.place else 0
        body = {"role_id": role.role_id, "secret_id": secret_id}
        return Shown(body=body, address=claims.address, uses=uses)

    def _token(self, claims: HandedToken | None) -> Shown | Attempt:
        if claims is None:
            return refused("there is no token to show")
        try:
            return Shown(body={}, token=self._handed(claims), address=claims.address)
        except ServerError as error:
            return refused(str(error)) if claims.lost else unclear(str(error))

    def _handed(self, claims: HandedToken) -> str:
        namespace, mount, role = claims.role
        if role == INTRUDER and self.decoy is not None:
            return self.decoy(namespace, mount)
        if self.courier is None:
            raise ServerError("there is no courier")
        ttl = _EXPIRES if claims.expired else None
        wrapped = self.courier.token(role, namespace or None, ttl_seconds=ttl)
        token = self.courier.unwrap_token(wrapped, namespace or None)
        if claims.lost:
            return self.courier.unwrap_token(wrapped, namespace or None)
        if claims.revoked:
            self._revoke(claims, token)
        if claims.expired:
            time.sleep(_PAST)
        return token

    def _revoke(self, claims: HandedToken, token: str) -> None:
        if self.revoke is None:
            raise ServerError("there is nobody to revoke a token")
        self.revoke(claims, token)

    def _made(self, claims: SecretIdClaims) -> str:
        namespace, mount, role = claims.role
        if role == INTRUDER:
            if self.decoy is None:
                raise ServerError("there is nobody to make an intruder's secret id")
            return self.decoy(namespace, mount)
        if self.courier is None:
            raise ServerError("there is no courier")
        ttl = _EXPIRES if claims.expired else None
        wrapped = self.courier.secret_id(mount, role, namespace or None, ttl_seconds=ttl)
        secret_id = self.courier.unwrap(wrapped, namespace or None)
        if claims.lost:
            return self.courier.unwrap(wrapped, namespace or None)
        if claims.expired:
            time.sleep(_PAST)
        return secret_id
