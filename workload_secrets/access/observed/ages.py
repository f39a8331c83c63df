"""How old the values in a live environment are, by their versions. Days and names, never values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from workload_secrets.access.observed.aws import AwsLogin
from workload_secrets.access.observed.vault import VaultLogin
from workload_secrets.declaration import Secret
from workload_secrets.errors import InputError, ServerError
from workload_secrets.keys.actions import KeyStatus, status
from workload_secrets.keys.aws_store import AwsStore
from workload_secrets.keys.store import Store
from workload_secrets.keys.vault_store import VaultStore

Readers = Mapping[str, tuple[str, AwsLogin | VaultLogin]]
"""By secret: one principal that may read it, and its login."""


@dataclass(frozen=True)
class Ages:
    """`overdue`: keys whose value is older than declared. `unsure`: keys of which that can't be
    said, since the versions don't go back far enough or can't be read."""

    overdue: tuple[str, ...]
    unsure: tuple[str, ...]


def aged(secret: Secret) -> bool:
    """Whether an age is declared for any of its keys."""
    return secret.is_store and any(key.max_age_days is not None for key in secret.keys)


def ages(secrets: Mapping[str, Secret], readers: Readers, now: datetime | None = None) -> Ages:
    """Walks the versions of every secret with a declared age, with the rights of its reader."""
    overdue: list[str] = []
    unsure: list[str] = []
    for name, (reader, login) in sorted(readers.items()):
        secret = secrets[name]
        try:
            found = status(_store(login, secret), secret, now)
        except (ServerError, InputError) as error:
            unsure.append(f"{name}: ages can't be read as {reader}: {error}")
            continue
        overdue += (_said(name, key) + "; set a new one by `keys set`" for key in found if key.too_old)
        unsure += (
            _said(name, key) + "; its first version is gone, so whether it is too old can't be said"
            for key in found
            if key.unsure
        )
    return Ages(tuple(overdue), tuple(unsure))


def _store(login: AwsLogin | VaultLogin, secret: Secret) -> Store:
    if isinstance(login, AwsLogin):
        return AwsStore(login.client, secret.name or "", secret.encoding)
    client = login.http.as_token(login.http.token, secret.vault_namespace)
    return VaultStore(client, secret.mount or "", secret.path or "")


def _said(name: str, key: KeyStatus) -> str:
    over = "over " if key.older else ""
    return f"{name}: {key.key} is {over}{key.age_days} days old, allowed are {key.max_age_days}"
