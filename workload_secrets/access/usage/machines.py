"""Secret ids of machines: who may have one made, in which form, and how long it is good."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workload_secrets.access.observed.vault import DENIED, OK
from workload_secrets.access.usage.context import Usage, UsageContext
from workload_secrets.access.usage.couriers import TOO_LONG, WRAP, asked, client
from workload_secrets.declaration import VaultIdentity
from workload_secrets.declaration.identity import ApproleFacts
from workload_secrets.keys.vault_http import VaultHttp
from workload_secrets.outside import OutsideText


def prove(context: UsageContext) -> Usage:
    """Every machine of the stack."""
    lines: list[str] = []
    problems: list[str] = []
    for name, principal in sorted(context.declaration.principals.items()):
        if principal.vault is None or not isinstance(principal.identity, ApproleFacts):
            continue
        wrong = list(_problems(context, principal.vault, principal.identity))
        problems += [f"{name}: {text}" for text in wrong]
        if not wrong:
            life = _good_for(principal.identity.secret_id_ttl_seconds, principal.identity.secret_id_uses)
            lines.append(f"{name}: the courier gets secret ids only wrapped, {life}; the deployer gets none")
    return Usage(tuple(lines), tuple(problems))


def _problems(context: UsageContext, own: VaultIdentity, facts: ApproleFacts) -> Iterator[str]:
    access = context.sandbox.stacks[context.stack]
    courier = client(context, access.courier_token_file, own)
    deployer = client(context, access.vault_token_file, own)
    if courier is None or deployer is None:
        yield "there is no courier to hand over a secret id"
        return
    path = f"auth/{own.auth_mount}/role/{own.role}/secret-id"
    if asked(courier, path, None).status != DENIED:
        yield "the courier can get a secret id that isn't wrapped"
    if asked(courier, path, TOO_LONG).status != DENIED:
        yield f"the courier can have a secret id wrapped for {TOO_LONG} s"
    if asked(deployer, path, WRAP).status != DENIED:
        yield "the deployer can get a secret id, and log in as the machine"
    yield from _life(courier, path, own, facts)


def _life(courier: VaultHttp, path: str, own: VaultIdentity, facts: ApproleFacts) -> Iterator[str]:
    answer = asked(courier, path, WRAP)
    if answer.status != OK:
        yield f"the courier gets no secret id: HTTP {answer.status} {answer.errors}".rstrip()
        return
    wrapping = str(answer.part("wrap_info", "token"))
    unwrapped = courier.as_token(wrapping, own.vault_namespace).call("POST", "sys/wrapping/unwrap", {})
    made: dict[str, Any] = unwrapped.data.get("data") or {}
    found = (made.get("secret_id_ttl"), made.get("secret_id_num_uses"))
    wanted = (facts.secret_id_ttl_seconds, facts.secret_id_uses)
    if found != wanted:
        yield f"a secret id is {OutsideText(_good_for(*found))}; declared: {_good_for(*wanted)}"


def _good_for(seconds: object, uses: object) -> str:
    counted = "any number of" if uses == 0 else uses
    return f"good for {seconds} s and {counted} {'login' if uses == 1 else 'logins'}"
