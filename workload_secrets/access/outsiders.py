"""Identities that are no pods: what each shows at a login, and the intruders made of it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Literal, TypeAlias

from workload_secrets.decide.approle import RoleId, SecretIdClaims
from workload_secrets.decide.cert import CertificateClaims
from workload_secrets.decide.claims import TokenClaims
from workload_secrets.declaration import Principal
from workload_secrets.declaration.identity import ApproleFacts, CertFacts, JwtFacts

Credential: TypeAlias = TokenClaims | SecretIdClaims | CertificateClaims
Method = Literal["kubernetes", "jwt", "approle", "cert"]
OutsiderChange = Literal[
    "subject",
    "issuer",
    "audience",
    "expired",
    "replayed",
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
"""The role whose secret ids, and the name whose certificates, an intruder shows."""
FOREIGN_AUTHORITY: Final = "foreign"
_CHANGES: Final[dict[str, tuple[OutsiderChange, ...]]] = {
    "jwt": ("subject", "issuer", "audience", "expired"),
    "approle": ("replayed", "mismatched", "unwrapped", "expired", "address"),
    "cert": ("authority", "name", "dns", "expired", "none"),
}
# Reserved for documentation by RFC 5737: no machine calls from there.
_ELSEWHERE: Final = ("192.0.2.1", "198.51.100.1", "203.0.113.1")


def changes(p: Principal) -> tuple[OutsiderChange, ...]:
    """What can be wrong with an intruder made of this principal; nothing for a pod."""
    found = _CHANGES[p.identity.method] if p.identity else ()
    return tuple(change for change in found if _possible(p, change))


def _possible(p: Principal, change: OutsiderChange) -> bool:
    """Whether it is a mistake at all: no secret id is used up that is good for any number."""
    if change == "replayed":
        return isinstance(p.identity, ApproleFacts) and 0 < p.identity.secret_id_uses <= REPLAYS_MOST
    return change != "dns" or (isinstance(p.identity, CertFacts) and bool(p.identity.dns_sans))


def subject(p: Principal, change: str | None = None) -> str:
    """What names it: the `sub` claim of a job, the role of a machine, the name of a certificate."""
    if isinstance(p.identity, JwtFacts):
        return f"{p.identity.subject}-{INTRUDER}" if change == "subject" else p.identity.subject
    if isinstance(p.identity, CertFacts):
        return certificate_subject(INTRUDER if change == "name" else p.identity.common_name)
    return approle_subject(home(p)) if p.identity else p.subject


def approle_subject(place: RoleId) -> str:
    """What names the machine of an AppRole."""
    return "approle:" + "/".join(part for part in place if part)


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
    elif isinstance(p.identity, CertFacts):
        yield _certificate(p.identity, change)


def fits(method: Method, shown: Credential) -> bool:
    """Whether a login of this method takes such a thing at all."""
    kinds: dict[str, type] = {"approle": SecretIdClaims, "cert": CertificateClaims}
    return isinstance(shown, kinds.get(method, TokenClaims))


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


def _certificate(facts: CertFacts, change: str | None) -> CertificateClaims:
    claims = CertificateClaims(
        authority=facts.authority, common_name=facts.common_name, dns_sans=facts.dns_sans[:1]
    )
    wrong: dict[str | None, CertificateClaims] = {
        "authority": replace(claims, authority=FOREIGN_AUTHORITY),
        "name": replace(claims, common_name=INTRUDER),
        "dns": replace(claims, dns_sans=(f"{INTRUDER}.invalid",)),
        "expired": replace(claims, expired=True),
    }
    return wrong.get(change, claims)


def inside(facts: ApproleFacts) -> str:
    """An address in a network of the secret id that is in one of the token's too."""
    for one in map(ipaddress.ip_network, facts.bound_cidrs):
        for other in map(ipaddress.ip_network, facts.token_bound_cidrs):
            if one.version == other.version and one.overlaps(other):
                smaller = max(one, other, key=lambda network: network.prefixlen)
                return str(smaller[min(1, smaller.num_addresses - 1)])
    return str(ipaddress.ip_network(facts.bound_cidrs[0])[0])


def outside(facts: ApproleFacts) -> str:
    """An address in none of the secret id's networks."""
    networks = [ipaddress.ip_network(network) for network in facts.bound_cidrs]
    free = (a for a in _ELSEWHERE if not any(ipaddress.ip_address(a) in n for n in networks))
    return next(free, "255.255.255.254")
