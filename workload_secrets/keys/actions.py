"""Seed, set and status of a secret's keys."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from workload_secrets.declaration import Declaration, Key, Secret
from workload_secrets.errors import InputError, ServerError
from workload_secrets.keys.encoding import template
from workload_secrets.keys.store import ChangedError, Store, Version
from workload_secrets.keys.template import write_if_absent
from workload_secrets.outside import listed

ATTEMPTS: Final = 3
"""How often a write is merged again after somebody else's."""
State = Literal["set", "empty", "missing", "unknown key", "not readable"]


@dataclass(frozen=True)
class KeyStatus:
    """One key. `age_days` is None where it has no value; `older` says that its true age is
    beyond the history; `too_old` that it exceeds the declared maximum."""

    key: str
    state: State
    required: bool
    age_days: int | None = None
    older: bool = False
    max_age_days: int | None = None

    @property
    def too_old(self) -> bool:
        return (
            self.age_days is not None and self.max_age_days is not None and self.age_days > self.max_age_days
        )

    @property
    def unsure(self) -> bool:
        """True where the versions don't go back far enough to tell whether it is too old."""
        return self.max_age_days is not None and self.older and not self.too_old

    @property
    def good(self) -> bool:
        """False where a required key has no value or one is too old or undeclared."""
        missing = self.required and self.state in {"empty", "missing"}
        return not (missing or self.too_old or self.state == "unknown key")


def find_secret(declaration: Declaration, name: str) -> Secret:
    """A declared secret. Raises InputError naming near matches."""
    if name not in declaration.secrets:
        raise InputError(_unknown("secret", name, declaration.secrets))
    return declaration.secrets[name]


def check_keys(name: str, secret: Secret, values: Mapping[str, str], *, allow_empty: bool = False) -> None:
    """Raises InputError for an undeclared key or an empty value. Names keys, never values."""
    declared = [key.name for key in secret.keys]
    for key, value in values.items():
        if key not in declared:
            raise InputError(_unknown(f"key of {name}", key, declared))
        if not value and not allow_empty:
            raise InputError(
                f"secret {name}, key {key}: the value is empty; give one, or --allow-empty to blank it"
            )


def set_keys(
    store: Store, name: str, secret: Secret, values: Mapping[str, str], *, allow_empty: bool = False
) -> str:
    """Sets some keys and keeps all others; gives the id of the version written.

    Reads, merges, and writes naming the version it replaces; merges again where somebody
    wrote meanwhile. An AWS secret keeps unused keys as empty strings; a Vault secret has
    only keys with a value. Raises InputError or ServerError.
    """
    check_keys(name, secret, values, allow_empty=allow_empty)
    current = store.read()
    for _ in range(ATTEMPTS):
        try:
            return store.write(_merged(secret, current, values), current)
        except ChangedError as changed:
            current = changed.merge_into
    raise ServerError(
        f"{store.where}: others kept writing at the same time; the last {ATTEMPTS} attempts were merged "
        "into versions that were replaced. Look at `keys status` and set the key again"
    )


def _merged(secret: Secret, current: Version | None, values: Mapping[str, str]) -> dict[str, str]:
    before = dict(current.values) if current else {}
    if secret.backend == "aws":
        return dict.fromkeys((key.name for key in secret.keys), "") | before | dict(values)
    return {key: value for key, value in (before | dict(values)).items() if value}


def seed(client: Any, secret: Secret) -> bool:
    """Writes an AWS secret's empty template where there is no value; False where there is."""
    text = template((key.name for key in secret.keys), secret.encoding)
    return write_if_absent(client, secret.name or "", text)


def status(store: Store, secret: Secret, now: datetime | None = None) -> tuple[KeyStatus, ...]:
    """Every declared key, and keys nobody declared. Names and ages, never values."""
    versions = list(store.history())
    current: Mapping[str, str] = versions[0].values if versions else {}
    at = now or datetime.now(UTC)
    declared = {key.name for key in secret.keys}
    extra = (
        KeyStatus(listed([name]), "unknown key", required=False) for name in sorted(current.keys() - declared)
    )
    return (*(_status(key, versions, at) for key in secret.keys), *extra)


def _status(key: Key, versions: list[Version], now: datetime) -> KeyStatus:
    current: Mapping[str, str] = versions[0].values if versions else {}
    if not current.get(key.name):
        state: State = "empty" if key.name in current else "missing"
        return KeyStatus(key.name, state, key.required, max_age_days=key.max_age_days)
    same = list(_unchanged(key.name, versions))
    born = same[-1].created
    return KeyStatus(
        key.name,
        "set",
        key.required,
        age_days=(now - born).days if born else None,
        older=len(same) == len(versions) and not versions[-1].first,
        max_age_days=key.max_age_days,
    )


def _unchanged(name: str, versions: list[Version]) -> Iterator[Version]:
    """The newest versions in which the key has its current value."""
    for version in versions:
        if version.values.get(name) != versions[0].values[name]:
            return
        yield version


def _unknown(what: str, name: str, known: Mapping[str, object] | list[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    hint = (
        f"did you mean {', '.join(near)}?" if near else f"declared are {', '.join(list(known)[:8]) or 'none'}"
    )
    return f"{name}: no such {what}; {hint}"
