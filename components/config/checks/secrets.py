"""Secrets: their keys, their names and where they are kept."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from components import catalogues, limits
from components.config import resolve
from components.config.engines.database import DatabaseSecret
from components.config.engines.pki import PkiSecret
from components.config.engines.transit import TransitSecret
from components.config.problem import Problem, shown, undeclared
from components.config.secrets import AwsSecret, StoreSecret, VaultSecret
from components.config.stack import StackConfig
from workload_secrets.errors import InputError
from workload_secrets.keys import encoding


def check(config: StackConfig) -> Iterator[Problem]:
    """Problems of every secret by itself, then of two that are the same."""
    for name, secret in config.secrets.items():
        if isinstance(secret, StoreSecret):
            yield from _keys(name, secret)
        if isinstance(secret, AwsSecret):
            yield from _recovery(config, name, secret)
            yield from _tags(name, secret)
        elif isinstance(secret, VaultSecret) and secret.mount not in config.shared.kv_mounts:
            yield undeclared(f"secrets.{name}.mount", secret.mount, "kvMounts", config.shared.kv_mounts)
    yield from _twice(config)


def _keys(name: str, secret: StoreSecret) -> Iterator[Problem]:
    key = f"secrets.{name}"
    if secret.template is not None and secret.template not in catalogues.templates():
        yield Problem(
            key=f"{key}.template",
            got=shown(secret.template),
            allowed=", ".join(catalogues.templates()),
            remedy="name one of the templates, or declare keys",
        )
        return
    known = [key.name for key in resolve.resolved_keys(secret)]
    if not known:
        yield Problem(
            key=key,
            got="neither template nor keys",
            allowed="a template, keys, or both",
            remedy="name the keys that the secret holds",
        )
    for used in secret.uses:
        if used not in known:
            yield Problem(
                key=f"{key}.uses",
                got=shown(used),
                allowed=f"the keys of the secret ({len(known)})",
                remedy="correct the name, or add it to keys",
            )
    yield from _encodes(key, known, secret)


def _encodes(key: str, known: list[str], secret: StoreSecret) -> Iterator[Problem]:
    try:
        text = encoding.template(known, "nested" if secret.backend == "aws" else "flat")
    except InputError as error:
        yield Problem(
            key=f"{key}.keys",
            allowed="names of which none is also the group of another",
            remedy=str(error),
        )
        return
    if secret.backend == "aws" and len(text.encode()) > limits.SECRET_VALUE_MAX:
        yield Problem(
            key=f"{key}.keys",
            got=f"{len(known)} keys whose empty template has {len(text.encode())} bytes",
            allowed=f"at most {limits.SECRET_VALUE_MAX} bytes",
            remedy="split the secret",
        )


def _recovery(config: StackConfig, name: str, secret: AwsSecret) -> Iterator[Problem]:
    days = secret.recovery_window_days
    least, most = limits.RECOVERY_DAYS_LEAST, limits.RECOVERY_DAYS_MOST
    if days is None or least <= days <= most or (days == 0 and config.tier == "development"):
        return
    zero = "" if config.tier == "production" else ", or 0 to delete at once"
    yield Problem(
        key=f"secrets.{name}.recoveryWindowDays",
        got=shown(days),
        allowed=f"{least} to {most} days{zero}",
        remedy="leave the key out for the default of the tier (30 in production, 7 in development)",
    )


def _tags(name: str, secret: AwsSecret) -> Iterator[Problem]:
    for tag in secret.tags:
        if tag.lower().startswith("aws:"):
            yield Problem(
                key=f"secrets.{name}.tags",
                allowed="tags that don't begin with aws:, which AWS keeps for itself",
                remedy="rename the tag",
            )


def engine_place(secret: DatabaseSecret | PkiSecret | TransitSecret) -> tuple[Hashable, str, str]:
    """What tells an engine's role or key from all others, the key that names it, and its name."""
    if isinstance(secret, DatabaseSecret):
        return ("database", secret.connection, secret.role), "role", secret.role
    if isinstance(secret, PkiSecret):
        return ("pki", secret.mount, secret.role), "role", secret.role
    return ("transit", secret.mount, secret.key), "key", secret.key


def _twice(config: StackConfig) -> Iterator[Problem]:
    seen: dict[Hashable, str] = {}
    for name, secret in config.secrets.items():
        place: Hashable
        if isinstance(secret, AwsSecret):
            place, part, got = ("aws", secret.name), "name", secret.name
        elif isinstance(secret, VaultSecret):
            mount = config.shared.kv_mounts.get(secret.mount)
            path = f"{mount.mount if mount else secret.mount}/{secret.path}"
            place, part, got = ("vault", path), "path", path
        else:
            place, part, got = engine_place(secret)
        if place in seen:
            yield Problem(
                key=f"secrets.{name}.{part}",
                got=shown(got),
                allowed="a place that no other secret has",
                remedy=f"secrets.{seen[place]} is kept there; give one of them another {part}",
            )
        seen.setdefault(place, name)
