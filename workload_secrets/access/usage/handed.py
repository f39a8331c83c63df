"""Tokens that are handed over: who may have one made, with what, and how long it is good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from workload_secrets.access import outsiders
from workload_secrets.access.observed.vault import DENIED, OK
from workload_secrets.access.usage.context import Usage, UsageContext
from workload_secrets.access.usage.couriers import TOO_LONG, WRAP, asked, client
from workload_secrets.declaration import VaultIdentity
from workload_secrets.declaration.identity import TokenFacts
from workload_secrets.keys.vault_http import VaultHttp

_WISHES: Final[Mapping[str, object]] = {
    "policies": ["default"],
    "explicit_max_ttl": "720h",
    "period": "24h",
    "renewable": True,
    "no_parent": True,
    "type": "batch",
    "id": "workload-secrets-chosen",
    "num_uses": 0,
    "entity_alias": "workload-secrets-chosen",
    "meta": {"a": "b"},
}
"""Parameters by which a token could be made another than the role's usual one."""
_ELSEWHERE: Final = ("auth/token/create", "auth/token/create-orphan")


def prove(context: UsageContext) -> Usage:
    """Every principal that is handed a token."""
    lines: list[str] = []
    problems: list[str] = []
    for name, principal in sorted(context.declaration.principals.items()):
        if principal.vault is None or not isinstance(principal.identity, TokenFacts):
            continue
        wrong = list(_problems(context, principal.vault, principal.identity))
        problems += [f"{name}: {text}" for text in wrong]
        if not wrong:
            lines.append(
                f"{name}: the courier gets tokens only wrapped and with no wish but for a shorter life, "
                f"{_good_for(principal.identity.life_seconds)}; the deployer gets none"
            )
    return Usage(tuple(lines), tuple(problems))


def _problems(context: UsageContext, own: VaultIdentity, facts: TokenFacts) -> Iterator[str]:
    access = context.sandbox.stacks[context.stack]
    courier = client(context, access.courier_token_file, own)
    deployer = client(context, access.vault_token_file, own)
    if courier is None or deployer is None:
        yield "there is no courier to hand over a token"
        return
    path = f"auth/token/create/{own.role}"
    if asked(courier, path, None).status != DENIED:
        yield "the courier can get a token that isn't wrapped"
    if asked(courier, path, TOO_LONG).status != DENIED:
        yield f"the courier can have a token wrapped for {TOO_LONG} s"
    for name, wish in _WISHES.items():
        if asked(courier, path, WRAP, {name: wish}).status != DENIED:
            yield f"the courier may set {name} of a token"
    for other in _ELSEWHERE:
        if asked(courier, other, WRAP).status != DENIED:
            yield f"the courier can have a token made at {other}, by no role"
    if asked(deployer, path, WRAP).status != DENIED:
        yield "the deployer can get a token, and read as its holder"
    yield from _life(courier, path, own, facts)
    yield from _life(courier, path, own, facts, {"ttl": f"{2 * facts.life_seconds}s"})


def _life(
    courier: VaultHttp,
    path: str,
    own: VaultIdentity,
    facts: TokenFacts,
    wish: Mapping[str, object] | None = None,
) -> Iterator[str]:
    """What a token says of itself, and whether it can be renewed."""
    answered = asked(courier, path, WRAP, wish)
    if answered.status != OK:
        yield f"the courier gets no token: HTTP {answered.status} {answered.errors}".rstrip()
        return
    http = courier.from_address(outsiders.inside(facts)) if facts.bound_cidrs else courier
    wrapping = http.as_token(str(answered.part("wrap_info", "token")), own.vault_namespace)
    made: dict[str, Any] = wrapping.call("POST", "sys/wrapping/unwrap", {}).data.get("auth") or {}
    token = http.as_token(str(made.get("client_token", "")), own.vault_namespace)
    answer = token.call("GET", "auth/token/lookup-self")
    found: dict[str, Any] = answer.data.get("data") or {}
    if answer.status != OK:
        yield f"a token can't look at itself: HTTP {answer.status} {answer.errors}".rstrip()
        return
    life = found.get("creation_ttl")
    if life != facts.life_seconds:
        yield f"a token is {_good_for(life)}; declared: {_good_for(facts.life_seconds)}"
    renewed = token.call("POST", "auth/token/renew-self", {})
    if found.get("renewable") or renewed.status == OK:
        yield "a token can be renewed" + (", for ever" if found.get("period") else "")
    if not found.get("orphan") or found.get("type") != "service":
        yield "a token isn't an orphan service token: it ends with the courier's, or can't be revoked"


def _good_for(seconds: object) -> str:
    return f"good for {seconds} s"
