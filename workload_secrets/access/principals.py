"""Everybody whose access is looked at: the declared accounts, and intruders made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from workload_secrets.access import outsiders
from workload_secrets.access.outsiders import Credential
from workload_secrets.access.rotators import rotators
from workload_secrets.decide.claims import TokenClaims
from workload_secrets.declaration import DEFAULT_ACCOUNT, Declaration, Principal
from workload_secrets.declaration.identity import JwtFacts

Kind = Literal["workload", "writer", "job", "deployer", "prover", "rotation", "intruder"]
Backend = Literal["aws", "vault"]
Change = Literal["default", "neighbour", "namespace"] | outsiders.OutsiderChange

DEPLOYER: Final = "deployer"
PROVER: Final = "prover"
INTRUDER_NAMESPACE: Final = "workload-secrets-intruder"
"""The other namespace, in which intruders of the same name live."""
FOREIGN_ISSUER: Final = "https://foreign-issuer.invalid"
WRONG_AUDIENCE: Final = "https://wrong-audience.invalid"
"""Names under .invalid never resolve (RFC 2606)."""


@dataclass(frozen=True, kw_only=True)
class Actor:
    """One who tries. `of` is the declared principal an intruder is made of.

    `change` says what is wrong with an intruder. Of a pod: the namespace's `default` account
    (where the pod's own is `default`, another account beside it), the same name in another
    namespace, another issuer, a wrong audience, an expired token. Of a job: another subject too,
    of one that deploys: another repository, another environment, and a pull request. Of a
    machine: a secret id that is used up, of another role, unwrapped by somebody else, expired,
    or shown from elsewhere. Of a certificate: another authority, common name or DNS name,
    expired, or none at all. `outside` names one that is no pod. The deployer, the prover and
    rotation functions have no identity.
    """

    name: str
    kind: Kind
    namespace: str = ""
    service_account: str = ""
    outside: str = ""
    of: str | None = None
    change: Change | None = None

    @property
    def subject(self) -> str:
        """The `sub` claim of its tokens, or what names it where it has none."""
        return self.outside or f"system:serviceaccount:{self.namespace}:{self.service_account}"

    @property
    def has_identity(self) -> bool:
        """Whether it can show anything at a login."""
        return self.has_account or bool(self.outside)

    @property
    def has_account(self) -> bool:
        return bool(self.service_account)

    @property
    def has_other_account(self) -> bool:
        """Whether it is an intruder by its account alone, which only a rehearsal makes."""
        return self.change in {"default", "neighbour", "namespace"}


def actors(declaration: Declaration) -> tuple[Actor, ...]:
    """The declared principals, the deployer, the prover, the rotation functions, and every
    intruder, in that order."""
    declared = tuple(
        Actor(
            name=name,
            kind=p.kind,
            namespace=p.namespace,
            service_account=p.service_account,
            outside=outsiders.subject(p) if p.identity else "",
        )
        for name, p in sorted(declaration.principals.items())
    )
    taken = {actor.subject for actor in declared}
    own = (Actor(name=DEPLOYER, kind="deployer"), Actor(name=PROVER, kind="prover"))
    intruders = tuple(
        intruder
        for name, p in sorted(declaration.principals.items())
        for intruder in _intruders(name, p)
        if not intruder.has_other_account or intruder.subject not in taken
    )
    rotation = tuple(Actor(name=name, kind="rotation") for name in rotators(declaration))
    return (*declared, *own, *rotation, *intruders)


def _intruders(name: str, p: Principal) -> Iterator[Actor]:
    for wrong in outsiders.changes(p):
        subject = outsiders.subject(p, wrong)
        yield Actor(name=f"{name}!{wrong}", kind="intruder", outside=subject, of=name, change=wrong)
    if not p.is_pod:
        return
    beside: dict[Change, tuple[str, str]] = (
        {"neighbour": (p.namespace, outsiders.INTRUDER)}
        if p.runs_as_default
        else {"default": (p.namespace, DEFAULT_ACCOUNT)}
    )
    places: dict[Change, tuple[str, str]] = {
        **beside,
        "namespace": (INTRUDER_NAMESPACE, p.service_account),
        "issuer": (p.namespace, p.service_account),
        "audience": (p.namespace, p.service_account),
        "expired": (p.namespace, p.service_account),
    }
    for change, (namespace, account) in places.items():
        yield Actor(
            name=f"{name}!{change}",
            kind="intruder",
            namespace=namespace,
            service_account=account,
            of=name,
            change=change,
        )


class Wallet:
    """The tokens each actor can show. Made once for a declaration, since every audience
    in use is asked for by every actor."""

    def __init__(self, declaration: Declaration, audiences: Iterable[str] = ()) -> None:
        """`audiences`: further ones, in use elsewhere."""
        self._declaration = declaration
        self._issuer = declaration.facts.cluster.oidc_issuer
        found = {declaration.facts.cluster.api_audience, *audiences}
        for p in declaration.principals.values():
            found |= {p.aws.audience} if p.aws else set()
            found |= {p.vault.audience} if p.vault and p.vault.audience else set()
        self.audiences = tuple(sorted(found))

    def tokens(self, actor: Actor, backend: Backend) -> tuple[TokenClaims, ...]:
        """Every token an actor can show to a backend.

        A pod can ask for any audience it likes, so a right that isn't declared must be
        refused with each audience in use. The intruder with the wrong audience shows those
        that are not meant for this backend.
        """
        if not self._has_tokens(actor):
            return ()
        audiences = self.audiences
        if actor.of is not None and actor.change == "audience":
            meant = self._meant_for(actor.of, backend)
            audiences = (*(a for a in audiences if a != meant), WRONG_AUDIENCE)
        elif actor.of is not None and actor.change in {"issuer", "expired"}:
            audiences = (self._meant_for(actor.of, backend),)
        foreign = actor.change == "issuer"
        return tuple(
            TokenClaims(
                issuer=FOREIGN_ISSUER if foreign else self._issuer_of(actor.of or actor.name),
                subject=actor.subject,
                audience=(audience,),
                expired=actor.change == "expired",
                signed=not foreign,
            )
            for audience in audiences
        )

    def natural(self, name: str, backend: Backend) -> TokenClaims:
        """The token a declared principal is meant to show to a backend."""
        principal = self._declaration.principals[name]
        audience = (self._meant_for(name, backend),)
        subject = outsiders.subject(principal)
        return TokenClaims(issuer=self._issuer_of(name), subject=subject, audience=audience)

    def shown(self, actor: Actor, method: outsiders.Method) -> tuple[Credential | None, ...]:
        """Everything an actor shows to a role of Vault; None, nothing, where it has nothing that
        such a login takes."""
        tokens = self.tokens(actor, "vault")
        other = self._other(actor.of or actor.name, actor.change)
        return tuple(c for c in (*tokens, *other) if outsiders.fits(method, c)) or (None,)

    def meant(self, name: str) -> Credential:
        """What a declared principal is meant to show to Vault."""
        return next(iter(self._other(name, None)), None) or self.natural(name, "vault")

    def _other(self, name: str, change: str | None) -> tuple[Credential, ...]:
        principal = self._declaration.principals.get(name)
        return tuple(outsiders.credentials(principal, change)) if principal else ()

    def _has_tokens(self, actor: Actor) -> bool:
        principal = self._declaration.principals.get(actor.of or actor.name)
        return actor.has_account or (principal is not None and isinstance(principal.identity, JwtFacts))

    def _issuer_of(self, name: str) -> str:
        principal = self._declaration.principals.get(name)
        identity = principal.identity if principal else None
        return identity.issuer if isinstance(identity, JwtFacts) else self._issuer

    def _meant_for(self, name: str, backend: Backend) -> str:
        principal = self._declaration.principals[name]
        if backend == "aws":
            return principal.aws.audience if principal.aws else "sts.amazonaws.com"
        return principal.vault.audience if principal.vault else self._declaration.facts.cluster.api_audience
