"""Identities that are no pods: what doesn't belong to them, and what must not be the same."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from math import ceil
from typing import Final

from pydantic.alias_generators import to_camel

from components.config import resolve
from components.config.checks.principals import keyed
from components.config.gateways.auth import ApproleAuth
from components.config.identity import ApproleIdentity, JwtIdentity, OutsideIdentity, TokenIdentity
from components.config.problem import Problem, shown
from components.config.resolve import Principal
from components.config.stack import StackConfig

_OUTSIDE: Final = frozenset(
    {"identity", "reads", "writes", "vault_role", "token_ttl_seconds", "token_max_ttl_seconds"}
)
"""What a workload or writer that is no pod may say."""
_ACCOUNT: Final = "system:serviceaccount:"


def check(config: StackConfig) -> Iterator[Problem]:
    """Problems of every identity that is no pod, then of two that are the same."""
    found = [(key, principal, principal.outside) for key, principal in keyed(config) if principal.outside]
    for key, principal, identity in found:
        yield from _of_pods(key, principal, identity)
        yield from _aws(config, key, principal)
        yield from _mount(config, principal.login_key, identity)
        if isinstance(identity, JwtIdentity):
            yield from _cluster(config, principal.login_key, identity)
        if isinstance(identity, ApproleIdentity):
            yield from _token_networks(principal.login_key, identity)
        if isinstance(identity, ApproleAuth):
            yield from _counted(principal, identity)
    logins = [(principal.login_key, identity) for _, principal, identity in found]
    yield from _mounts(logins)
    yield from _same(logins)
    mounted = (identity for _, identity in logins if not isinstance(identity, TokenIdentity))
    yield from _unused(config, {identity.auth_mount for identity in mounted})


def _of_pods(key: str, principal: Principal, identity: OutsideIdentity) -> Iterator[Problem]:
    for name in sorted(principal.identity.model_fields_set - _OUTSIDE):
        yield Problem(
            key=f"{key}.{to_camel(name)}",
            got=f"a key of a pod, with identity {identity.method}",
            allowed=", ".join(sorted(to_camel(other) for other in _OUTSIDE)),
            remedy="remove the key, or leave identity out",
        )


def _aws(config: StackConfig, key: str, principal: Principal) -> Iterator[Problem]:
    for name in resolve.secrets_of(config, principal, "aws"):
        yield Problem(
            key=f"{key}.{'reads' if principal.kind == 'workload' else 'writes'}",
            got=f"{shown(name)}, a secret in AWS",
            allowed="secrets in Vault: only pods get a role in AWS here",
            remedy="keep the secret in Vault, or let a pod use it",
        )


def _mount(config: StackConfig, key: str, identity: OutsideIdentity) -> Iterator[Problem]:
    vault = config.facts.vault
    if vault and _overlap(vault.auth_mount, identity.auth_mount):
        yield Problem(
            key=f"{key}.authMount",
            got=shown(identity.auth_mount),
            allowed=f"a path that isn't, and isn't above or below, facts.vault.authMount {vault.auth_mount}",
            remedy=_elsewhere(key) or "choose another authMount",
        )


def _elsewhere(login_key: str) -> str | None:
    """The remedy where the login is a gateway's, which has the pods' own beside it."""
    return "use auth: kubernetes, or another method" if login_key.startswith("gateways.") else None


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _cluster(config: StackConfig, key: str, identity: JwtIdentity) -> Iterator[Problem]:
    cluster = config.facts.cluster
    if identity.issuer.rstrip("/") == cluster.oidc_issuer.rstrip("/"):
        yield Problem(
            key=f"{key}.issuer",
            got=shown(identity.issuer),
            allowed="another issuer than facts.cluster.oidcIssuer: that one signs for pods",
            remedy=_elsewhere(key) or "leave identity out and name namespace and serviceAccount",
        )
    elif identity.subject.startswith(_ACCOUNT):
        yield Problem(
            key=f"{key}.subject",
            got=shown(identity.subject),
            allowed="a subject that is no ServiceAccount",
            remedy="let a stack of that cluster declare its pods",
        )


def _token_networks(key: str, identity: ApproleIdentity) -> Iterator[Problem]:
    """A login itself must come from both."""
    pairs = ((ip_network(a), ip_network(b)) for a in identity.bound_cidrs for b in identity.token_cidrs)
    if not any(a.version == b.version and a.overlaps(b) for a, b in pairs):
        yield Problem(
            key=f"{key}.tokenBoundCidrs",
            got=shown(", ".join(identity.token_cidrs)),
            allowed="networks that have an address in common with boundCidrs: a login comes from both",
            remedy="add the machine's own network, or leave the key out",
        )


def _counted(principal: Principal, auth: ApproleAuth) -> Iterator[Problem]:
    """A gateway logs in anew whenever its token ends: counted logins must last that long."""
    life = principal.identity.token_ttl_seconds
    needed = ceil(auth.secret_id_ttl_seconds / life)
    if 0 < auth.secret_id_uses < needed:
        yield Problem(
            key=f"{principal.login_key}.secretIdUses",
            got=shown(auth.secret_id_uses),
            allowed=f"0, any number, or at least {needed}: each node logs in again every {life} seconds, for "
            f"the {auth.secret_id_ttl_seconds} seconds that a secret id lives",
            remedy="remove the key, shorten secretIdTtlSeconds, or raise the vault's tokenTtlSeconds",
        )


def _mounts(found: list[tuple[str, OutsideIdentity]]) -> Iterator[Problem]:
    """What identities of one mount have in common is the mount's, so they must agree."""
    seen: dict[str, tuple[str, OutsideIdentity]] = {}
    for key, identity in found:
        other = next((o for path, o in seen.items() if _overlap(path, identity.auth_mount)), None)
        if other and not _agree(other[1], identity):
            yield Problem(
                key=f"{key}.authMount",
                got=shown(identity.auth_mount),
                allowed="a mount of its own: one mount has one method, for jwt one issuer with its keys",
                remedy=f"{_holder(other[0])} has it for something else; "
                "give one of the two another authMount",
            )
        seen.setdefault(identity.auth_mount, (key, identity))


def _holder(login_key: str) -> str:
    """Where the stack file declares whom a way to log in belongs to."""
    return login_key.rpartition(".")[0]


def _agree(one: OutsideIdentity, other: OutsideIdentity) -> bool:
    if one.auth_mount != other.auth_mount or one.method != other.method:
        return False
    if isinstance(one, JwtIdentity) and isinstance(other, JwtIdentity):
        return (one.issuer, one.public_key_files) == (other.issuer, other.public_key_files)
    return True


def _same(found: list[tuple[str, OutsideIdentity]]) -> Iterator[Problem]:
    """An AppRole and a token role are its holder's by their names; the others are what their
    claims say."""
    seen: dict[tuple[object, ...], str] = {}
    for key, identity in found:
        if isinstance(identity, ApproleIdentity | TokenIdentity):
            continue
        who: tuple[object, ...] = (
            (identity.issuer, identity.subject)
            if isinstance(identity, JwtIdentity)
            else (identity.ca_file, identity.pki_mount, identity.common_name, identity.dns_sans)
        )
        if who in seen:
            yield Problem(
                key=key,
                got=f"the same {identity.method} identity again",
                allowed="an identity that no other workload or writer has",
                remedy=f"{_holder(seen[who])} is the same; give each its own, or let one read both secrets",
            )
        seen.setdefault(who, key)


def _unused(config: StackConfig, used: set[str]) -> Iterator[Problem]:
    for path in sorted(set(config.shared.identity_mounts) - used):
        yield Problem(
            key=f"shared.identityMounts.{path}",
            got="a mount that no identity names",
            allowed=f"authMount of an identity: {', '.join(sorted(used)) or 'none is declared'}",
            remedy="remove it, or correct the path",
        )
