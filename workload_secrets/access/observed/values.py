"""What readers found in a live environment: which values are there, by key names and lengths."""

from __future__ import annotations

from collections.abc import Mapping

from workload_secrets.access.observed.attempt import Attempt
from workload_secrets.declaration import Secret

Reads = Mapping[tuple[str, str], Attempt]
"""Successful reads by principal and secret."""


def needed(secret: Secret) -> frozenset[str]:
    """The keys that must have a value: the required ones, and those that `uses` names."""
    chosen = not all(key.in_use for key in secret.keys)
    return frozenset(key.name for key in secret.keys if key.required or (chosen and key.in_use))


def without_value(secrets: Mapping[str, Secret], reads: Reads) -> tuple[str, ...]:
    """Secrets that lack what must be there: a needed key's value, in AWS at least the template."""
    found: dict[str, str] = {}
    for (name, secret), attempt in sorted(reads.items()):
        about = secrets[secret]
        absent = sorted(needed(about) - (attempt.lengths or {}).keys())
        if attempt.lengths is None and about.backend == "aws":
            found[secret] = f"{secret}: not even the template (read as {name}); use `keys seed`"
        elif absent:
            found[secret] = f"{secret}: no value of {', '.join(absent)} (read as {name}); use `keys set`"
    return tuple(found.values())


def contents(reads: Reads) -> tuple[str, ...]:
    """What each reader found, as sentences."""
    return tuple(
        f"{name} reads {secret}: {_said(attempt)}" for (name, secret), attempt in sorted(reads.items())
    )


def _said(attempt: Attempt) -> str:
    lengths = attempt.lengths or {}
    return ", ".join(f"{key} ({n})" for key, n in sorted(lengths.items())) or "no value yet; use `keys set`"
