"""The rotation functions of a stack's AWS secrets, as principals: they read and write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from workload_secrets.declaration import Declaration
from workload_secrets.declaration.secret import Verb

VERBS: Final[tuple[Verb, ...]] = ("read", "write")
"""What rotating a secret takes."""


@dataclass(frozen=True, kw_only=True)
class Rotator:
    """One function's role, `rotation:ROLE`, with the secrets (by name in the stack) it rotates."""

    name: str
    role_arn: str
    secrets: tuple[str, ...]


def rotators(declaration: Declaration) -> Mapping[str, Rotator]:
    """By name. A role that several functions run as is one principal."""
    found: dict[str, Rotator] = {}
    for name, secret in sorted(declaration.secrets.items()):
        if secret.rotation is None:
            continue
        arn = secret.rotation.role_arn
        who = f"rotation:{arn.rpartition('/')[2]}"
        before = found[who].secrets if who in found else ()
        found[who] = Rotator(name=who, role_arn=arn, secrets=(*before, name))
    return found
