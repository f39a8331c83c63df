"""Kong's keyrings in Vault: the gateway's workload reads every version, and can do no more.

What Kong does at a sync: it reads the secret's metadata, then each version that is listed there,
with its keys id and key (POST /keyring/vault/sync, app/gateway/keyring.md of
Kong/developer.konghq.com). Kong itself is not run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

from workload_secrets.access.observed.attempt import Attempt
from workload_secrets.access.observed.vault import DENIED, OK, VaultLogin
from workload_secrets.access.usage.context import Usage, UsageContext
from workload_secrets.declaration import Grant, Secret
from workload_secrets.declaration.gateway import Gateway

KEYS: Final = ("id", "key")


class _NotAsDeclaredError(Exception):
    """The first thing that is not as declared."""


def prove(context: UsageContext) -> Usage:
    """The keyring of every gateway that has one."""
    lines: list[str] = []
    problems: list[str] = []
    for name, gateway in sorted(context.declaration.gateways.items()):
        if gateway.keyring is None:
            continue
        try:
            lines.append(f"{name}: {_proven(context, gateway, gateway.keyring)}")
        except _NotAsDeclaredError as error:
            problems.append(f"{name}: {error}")
    return Usage(tuple(lines), tuple(problems))


def _proven(context: UsageContext, gateway: Gateway, keyring: str) -> str:
    who, secret = gateway.workload or "", context.declaration.secrets[keyring]
    login = context.vault_login(who)
    if isinstance(login, Attempt):
        raise _NotAsDeclaredError(f"{who} can't log in for its keyring: {login.reason}")
    grant = Grant(secret=keyring, verb="write")
    if not any(grant in principal.grants for principal in context.declaration.principals.values()):
        return f"nobody of the stack writes {keyring}, so there was no version of it to read"
    context.rewrite(keyring)
    numbers = _versions(login, secret, who)
    for number in numbers:
        _key(login, secret, who, number)
    if len(numbers) < 2:
        raise _NotAsDeclaredError(f"{keyring}: a second value was written, and one version is there")
    for method, path in _others(secret):
        answer = login.at(secret).call(method, path)
        if answer.status != DENIED:
            raise _NotAsDeclaredError(f"{who} isn't refused at {method} {path}: HTTP {answer.status}")
    return (
        f"{who} reads the versions of keyring {keyring} and each with id and key, an old one too; "
        "it may list, delete and destroy nothing there"
    )


def _versions(login: VaultLogin, secret: Secret, who: str) -> list[int]:
    path = f"{secret.mount}/metadata/{secret.path}"
    answer = login.at(secret).call("GET", path)
    if answer.status != OK:
        raise _NotAsDeclaredError(f"{who} can't read {path}: HTTP {answer.status} {answer.errors}".rstrip())
    found = cast("dict[str, Any]", answer.data.get("data") or {})
    return sorted(int(number) for number in cast("dict[str, Any]", found.get("versions") or {}))


def _key(login: VaultLogin, secret: Secret, who: str, number: int) -> None:
    path = f"{secret.mount}/data/{secret.path}?version={number}"
    answer = login.at(secret).call("GET", path)
    found = cast("dict[str, Any]", answer.data.get("data") or {})
    keys = sorted(cast("dict[str, Any]", found.get("data") or {}))
    if answer.status != OK or keys != list(KEYS):
        raise _NotAsDeclaredError(
            f"{who} doesn't get id and key by {path}: HTTP {answer.status}, {len(keys)} keys"
        )


def _others(secret: Secret) -> Iterator[tuple[str, str]]:
    """What nobody who reads a keyring should be able to do."""
    folder = (secret.path or "").rpartition("/")[0]
    yield "LIST", f"{secret.mount}/metadata/{folder}".rstrip("/")
    yield "DELETE", f"{secret.mount}/data/{secret.path}"
    yield "PUT", f"{secret.mount}/destroy/{secret.path}"
    yield "DELETE", f"{secret.mount}/metadata/{secret.path}"
