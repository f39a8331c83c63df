"""Identities that are no pods: what each shows at a login, and the intruders made of it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Literal, TypeAlias

from workload_secrets.decide.approle import RoleId, SecretIdClaims
from workload_secrets.decide.cert import CertificateClaims, of_mount
from workload_secrets.decide.claims import TokenClaims
from workload_secrets.decide.token_role import HandedToken
from workload_secrets.declaration import Principal
from workload_secrets.declaration.identity import ApproleFacts, CertFacts, JwtFacts, TokenFacts

Credential: TypeAlias = TokenClaims | SecretIdClaims | CertificateClaims | HandedToken
Method = Literal["kubernetes", "jwt", "approle", "cert", "token"]
OutsiderChange = Literal[
    "subject",
    "repository",
    "environment",
    "pull-request",
    "issuer",
    "audience",
    "expired",
    "replayed",
    "revoked",
    "mismatched",
    "unwrapped",
    "address",
    "authority",
    "name",
    "dns",
    "none",
]
REPLAYS_MOST: Final = 20
"""A secret id that is good for more logins isn't used up to show that it can be."""
INTRUDER: Final = "workload-secrets-intruder"
"""The role whose secret ids and tokens, the name whose certificates, and the account whose tokens an
intruder shows."""
FOREIGN_AUTHORITY: Final = "foreign"
_CHANGES: Final[dict[str, tuple[OutsiderChange, ...]]] = {
    "jwt": ("subject", "issuer", "audience", "expired"),
    "approle": ("replayed", "mismatched", "unwrapped", "expired", "address"),
    "cert": ("authority", "name", "dns", "expired", "none"),
    "token": ("revoked", "mismatched", "unwrapped", "expired", "address"),
}
_OF_DEPLOYMENT: Final[tuple[OutsiderChange, ...]] = (
    "repository",
    "environment",
    "pull-request",
    "issuer",
    "audience",
    "expired",
)
_ENVIRONMENT: Final = ":environment:"
# Reserved for documentation by RFC 5737: no machine calls from there.
_ELSEWHERE: Final = ("192.0.2.1", "198.51.100.1", "203.0.113.1")


def changes(p: Principal) -> tuple[OutsiderChange, ...]:
    """What can be wrong with an intruder made of this principal; nothing for a pod."""
    found = _CHANGES[p.identity.method] if p.identity else ()
    if p.kind == "job":
        found = _OF_DEPLOYMENT
    return tuple(change for change in found if _possible(p, change))


def _possible(p: Principal, change: OutsiderChange) -> bool:
    """Whether it is a mistake at all: no secret id is used up that is good for any number."""
    if change == "replayed":
        return isinstance(p.identity, ApproleFacts) and 0 < p.identity.secret_id_uses <= REPLAYS_MOST
    if change == "address" and isinstance(p.identity, TokenFacts):
        return bool(p.identity.bound_cidrs)
    return change != "dns" or (isinstance(p.identity, CertFacts) and bool(p.identity.dns_sans))


def subject(p: Principal, change: str | None = None) -> str:
    """What names it: the `sub` claim of a job, the role of a machine, the name of a certificate."""
    if isinstance(p.identity, JwtFacts):
        return _claimed(p.identity.subject, change)
    if isinstance(p.identity, CertFacts):
        return certificate_subject(INTRUDER if change == "name" else p.identity.common_name)
    if isinstance(p.identity, TokenFacts):
        return token_subject(home(p))
    return approle_subject(home(p)) if p.identity else p.subject


def _claimed(subject: str, change: str | None) -> str:
    """The `sub` claim of a job, or one that is wrong in this way.

    GitHub's are `repo:OWNER/REPO:environment:NAME`, of a pull request `repo:OWNER/REPO:pull_request`.
    https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims
    """
    repository, _, environment = subject.partition(_ENVIRONMENT)
    wrong = {
        "subject": f"{subject}-{INTRUDER}",
        "repository": f"{repository}-{INTRUDER}{_ENVIRONMENT}{environment}",
        "environment": f"{repository}{_ENVIRONMENT}{environment}-{INTRUDER}",
        "pull-request": f"{repository}:pull_request",
    }
    return wrong.get(change or "", subject)


def approle_subject(place: RoleId) -> str:
    """What names the machine of an AppRole."""
    return "approle:" + "/".join(part for part in place if part)


def token_subject(place: RoleId) -> str:
    """What names whoever is handed the tokens of a role."""
    return "token:" + "/".join(part for part in place if part)


def certificate_subject(name: str) -> str:
    """What names the holder of a certificate."""
    return f"certificate:{name}"


def home(p: Principal) -> RoleId:
    """Namespace, auth mount and name of its own role."""
    v = p.vault
    return (v.vault_namespace or "", v.auth_mount, v.role) if v else ("", "", "")


def credentials(p: Principal, change: str | None = None) -> Iterator[Credential]:
    """What a machine or the holder of a certificate shows; tokens of jobs are the wallet's."""
    if p.vault is None or change == "none":
        return
    if isinstance(p.identity, ApproleFacts):
        yield _secret_id(p, p.identity, change)
    elif isinstance(p.identity, TokenFacts):
        yield _handed(p, p.identity, change)
    elif isinstance(p.identity, CertFacts):
        yield _certificate(p, p.identity, change)


def fits(method: Method, shown: Credential) -> bool:
    """Whether a login of this method takes such a thing at all."""
    kinds: dict[str, type] = {"approle": SecretIdClaims, "cert": CertificateClaims, "token": HandedToken}
    return isinstance(shown, kinds.get(method, TokenClaims))


def described(shown: Credential) -> str:
    """What a role must be bound to, to let this in."""
    if isinstance(shown, TokenClaims):
        return f"{shown.subject} with audience {', '.join(shown.audience)}"
    if isinstance(shown, CertificateClaims):
        return f"its authority and the name {shown.common_name or ', '.join(shown.dns_sans)}"
    if isinstance(shown, HandedToken):
        return f"its tokens shown from {shown.address or 'anywhere'}"
    return f"secret ids shown from {shown.address}"


def _secret_id(p: Principal, facts: ApproleFacts, change: str | None) -> SecretIdClaims:
    own = home(p)
    claims = SecretIdClaims(role=own, address=inside(facts), uses=facts.secret_id_uses)
    wrong: dict[str | None, SecretIdClaims] = {
        "replayed": replace(claims, spent=True),
        "mismatched": replace(claims, role=(own[0], own[1], INTRUDER)),
        "unwrapped": replace(claims, lost=True),
        "expired": replace(claims, expired=True),
        "address": replace(claims, address=outside(facts)),
    }
    return wrong.get(change, claims)


def _handed(p: Principal, facts: TokenFacts, change: str | None) -> HandedToken:
    own = home(p)
    token = HandedToken(role=own, address=inside(facts) if facts.bound_cidrs else None)
    wrong: dict[str | None, HandedToken] = {
        "revoked": replace(token, revoked=True),
        "mismatched": replace(token, role=(own[0], own[1], INTRUDER)),
        "unwrapped": replace(token, lost=True),
        "expired": replace(token, expired=True),
        "address": replace(token, address=outside(facts)),
    }
    return wrong.get(change, token)


def _certificate(p: Principal, facts: CertFacts, change: str | None) -> CertificateClaims:
    made = of_mount(home(p)[0], facts.pki_mount) if facts.pki_mount else facts.authority
    claims = CertificateClaims(authority=made, common_name=facts.common_name, dns_sans=facts.dns_sans[:1])
    wrong: dict[str | None, CertificateClaims] = {
        "authority": replace(claims, authority=FOREIGN_AUTHORITY),
        "name": replace(claims, common_name=INTRUDER),
        "dns": replace(claims, dns_sans=(f"{INTRUDER}.invalid",)),
        "expired": replace(claims, expired=True),
    }
    return wrong.get(change, claims)


def inside(facts: ApproleFacts | TokenFacts) -> str:
    """An address in a network of the secret id that is in one of the token's too."""
    of_token = facts.token_bound_cidrs if isinstance(facts, ApproleFacts) else facts.bound_cidrs
    for one in map(ipaddress.ip_network, facts.bound_cidrs):
        for other in map(ipaddress.ip_network, of_token):
            if one.version == other.version and one.overlaps(other):
                smaller = max(one, other, key=lambda network: network.prefixlen)
                return str(smaller[min(1, smaller.num_addresses - 1)])
    return str(ipaddress.ip_network(facts.bound_cidrs[0])[0])


def outside(facts: ApproleFacts | TokenFacts) -> str:
    """An address in none of the networks of the secret id, or of the token that is handed over."""
    networks = [ipaddress.ip_network(network) for network in facts.bound_cidrs]
    free = (a for a in _ELSEWHERE if not any(ipaddress.ip_address(a) in n for n in networks))
    return next(free, "255.255.255.254")
